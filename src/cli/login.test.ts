import path from 'node:path';
import { expect, it } from 'vitest';
import { plainEnvironment, run } from '../shared/subprocess.ts';

const main = path.join(import.meta.dirname, '../main.ts');

it.each([
  ['a token', 'seto_typed\n'],
  ['no line at all', ''],
])('seto login asks for a token and goes on with %s', async (_, input) => {
  // Nothing listens on port 1: what it says next is that.
  const { code, stderr } = await run([process.execPath, main, 'login', 'http://127.0.0.1:1'], {
    env: plainEnvironment(),
    input,
  });
  expect(stderr).toMatch(/^Token for http:\/\/127\.0\.0\.1:1: \nseto: Nothing answers at/);
  expect(stderr).not.toContain('seto_typed');
  expect(code).toBe(1);
});
