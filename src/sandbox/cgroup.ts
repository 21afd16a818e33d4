import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { newId } from '../shared/ids.ts';

/** Where this process may make cgroups: one folder a controller (v1), or one for both (v2). */
export interface CgroupParent {
  version: 'cgroup-v1' | 'cgroup-v2';
  memory: string;
  processes: string;
}

export interface Cgroup {
  version: CgroupParent['version'];
  /** Argv prefix that puts the program into the cgroup before it starts. */
  enter: readonly string[];
  release(): Promise<void>;
}

/** Enters each folder named before `--`, then becomes the program. */
const entering =
  'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"';

/** Finds a place for cgroups by making one and removing it; null where this machine does not let us. */
export async function findCgroups(
  root = '/sys/fs/cgroup',
  own = '/proc/self/cgroup',
): Promise<CgroupParent | null> {
  const lines = (await readFile(own, 'utf8').catch(() => '')).trim().split('\n');
  const paths = new Map<string, string>();
  for (const line of lines) {
    const [, controllers = '', at = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const each of controllers.split(',')) paths.set(each, at);
  }
  const [memory, processes, unified] = ['memory', 'pids', ''].map((name) => paths.get(name));
  const candidates: CgroupParent[] = [];
  if (memory !== undefined && processes !== undefined)
    candidates.push({
      version: 'cgroup-v1',
      memory: path.join(root, 'memory', memory),
      processes: path.join(root, 'pids', processes),
    });
  else if (unified !== undefined) {
    const folder = path.join(root, unified);
    candidates.push({ version: 'cgroup-v2', memory: folder, processes: folder });
  }
  for (const parent of candidates) {
    if (parent.version === 'cgroup-v2' && !(await delegated(parent.memory))) continue;
    const cgroup = await makeCgroup(parent, { memoryMb: 1024, processes: 100 });
    await cgroup?.release();
    if (cgroup === null) continue;
    await sweep(parent);
    return parent;
  }
  return null;
}

/** Younger ones may be about to be entered. */
const sweepAfterMs = 60_000;

/** Removes cgroups whose programs ended while nobody looked (nodes outlive us); the kernel keeps those in use. */
async function sweep(parent: CgroupParent): Promise<void> {
  for (const folder of new Set([parent.memory, parent.processes]))
    for (const entry of await readdir(folder).catch(() => []))
      if (/^seto-[0-9a-z]{12}$/.test(entry)) {
        const found = await stat(path.join(folder, entry)).catch(() => null);
        if (found !== null && Date.now() - found.mtimeMs > sweepAfterMs)
          await rmdir(path.join(folder, entry)).catch(() => undefined);
      }
}

/**
 * v2 hands controllers to children only from a folder without processes of its own. A service with `Delegate=yes`
 * moves itself into a leaf for that; where others live in our folder the kernel refuses, and we move back.
 */
async function delegated(folder: string): Promise<boolean> {
  const enable = () => writeFile(path.join(folder, 'cgroup.subtree_control'), '+memory +pids');
  const has = await readFile(path.join(folder, 'cgroup.subtree_control'), 'utf8').catch(() => '');
  if (/\bmemory\b/.test(has) && /\bpids\b/.test(has)) return true;
  const leaf = path.join(folder, 'seto-control');
  try {
    await mkdir(leaf, { recursive: true });
    await writeFile(path.join(leaf, 'cgroup.procs'), String(process.pid));
    await enable();
    return true;
  } catch {
    await writeFile(path.join(folder, 'cgroup.procs'), String(process.pid)).catch(() => undefined);
    await rmdir(leaf).catch(() => undefined);
    return false;
  }
}

/** Makes a cgroup with these limits; null where the kernel refuses. */
export async function makeCgroup(
  parent: CgroupParent,
  limits: { memoryMb?: number; processes?: number },
): Promise<Cgroup | null> {
  const name = newId('seto');
  const folders = [...new Set([path.join(parent.memory, name), path.join(parent.processes, name)])];
  const memory = path.join(parent.memory, name);
  const release = async () => {
    for (const folder of folders) await remove(folder);
  };
  try {
    for (const folder of folders) await mkdir(folder);
    if (limits.memoryMb !== undefined) {
      const bytes = String(limits.memoryMb * 1024 * 1024);
      if (parent.version === 'cgroup-v2') {
        await writeFile(path.join(memory, 'memory.max'), bytes);
        await writeFile(path.join(memory, 'memory.swap.max'), '0').catch(() => undefined);
      } else {
        await writeFile(path.join(memory, 'memory.limit_in_bytes'), bytes);
        await writeFile(path.join(memory, 'memory.memsw.limit_in_bytes'), bytes).catch(() => undefined);
      }
    }
    if (limits.processes !== undefined)
      await writeFile(path.join(parent.processes, name, 'pids.max'), String(limits.processes));
  } catch {
    await release();
    return null;
  }
  return {
    version: parent.version,
    enter: ['/bin/sh', '-c', entering, 'sh', ...folders, '--'],
    release,
  };
}

/** Removes a cgroup; what is left in it is ended first (the kernel removes only empty ones). */
async function remove(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const pids = (await readFile(path.join(folder, 'cgroup.procs'), 'utf8').catch(() => '')).split('\n');
    for (const pid of pids.filter((each) => each !== '')) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    }
    const below = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of below)
      if (entry.isDirectory()) await rmdir(path.join(folder, entry.name)).catch(() => undefined);
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
