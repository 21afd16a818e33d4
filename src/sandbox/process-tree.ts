import { readdirSync, readFileSync } from 'node:fs';

/**
 * Every process below `pid`, children before grandchildren, as this PID namespace numbers them (processes inside a
 * sandbox are seen from outside). A process that was given away to PID 1 is not among them.
 */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(entry);
    if (parent === null) continue;
    const list = children.get(parent);
    if (list) list.push(Number(entry));
    else children.set(parent, [Number(entry)]);
  }
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift())
    for (const child of children.get(next) ?? []) {
      found.push(child);
      queue.push(child);
    }
  return found;
}

/**
 * Asks the programs of a sandbox by signal, since bubblewrap hands none on: everything below `pid` in a PID namespace
 * of its own (its init ignores the signal, the programs decide), or where there is none, `pid` and all below.
 */
export function signalInside(pid: number, signal: NodeJS.Signals): void {
  const below = descendants(pid);
  const level = namespaceLevel(pid);
  const inner = below.filter((each) => namespaceLevel(each) > level);
  for (const each of inner.length > 0 ? inner : [pid, ...below]) kill(each, signal);
}

/** Ends the spawned process and with it everything inside; without isolation its whole process group. */
export function endTree(pid: number, ownGroup: boolean): void {
  if (!ownGroup) {
    kill(pid, 'SIGKILL');
    return;
  }
  const below = descendants(pid);
  kill(-pid, 'SIGKILL');
  for (const each of below) kill(each, 'SIGKILL');
}

function parentOf(pid: string): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

/** How many PID namespaces deep a process lies (NSpid of proc(5)). */
function namespaceLevel(pid: number): number {
  try {
    const [, numbers = ''] = /^NSpid:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return numbers.split('\t').length;
  } catch {
    return 0;
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
