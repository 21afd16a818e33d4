import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const module = path.join(import.meta.dirname, 'inherited.ts');

/** What a child of a process of ours has open beside 0, 1 and 2; the process itself was given 20 and 300. */
function childHas(first: string): string {
  const program = `
    import { spawnSync } from 'node:child_process';
    import { closeInherited } from ${JSON.stringify(module)};
    ${first}
    const list = 'for each in /proc/self/fd/*; do echo "$each $(readlink "$each")"; done';
    process.stdout.write(spawnSync('/bin/bash', ['-c', list]).stdout);`;
  const args = ['--input-type=module', '-e', program];
  const given = 'exec 20</etc/hostname 300</etc/hosts; exec "$@"';
  const ran = spawnSync('/bin/bash', ['-c', given, 'bash', process.execPath, ...args], { encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  return ran.stdout;
}

it('a child gets nothing that its parent was given beside 0, 1 and 2', () => {
  expect(childHas('')).toContain('/etc/hosts');
  const after = childHas('closeInherited();');
  expect(after).toContain('/proc/self/fd/2 ');
  expect(after).not.toMatch(/\/etc\/host/);
});
