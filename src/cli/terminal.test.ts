import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { showsColours } from './terminal.ts';

test.each(['', '2>&1'])(
  'a reader that goes away is not the end that the command would have come to %s',
  (also) => {
    const main = path.resolve(import.meta.dirname, '../main.ts');
    const line = `"$0" "$1" cost prices ${also} | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout } = spawnSync('bash', ['-c', line, process.execPath, main], { encoding: 'utf8' });
    expect(stdout.trim().split('\n').at(-1)).toBe('141');
  },
);

test('colours reach a terminal alone, and only where nobody asked for none', () => {
  expect(showsColours({ isTTY: true }, {})).toBe(true);
  expect(showsColours({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  expect(showsColours({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(showsColours({}, {})).toBe(false);
});
