import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Removes the trees beside `current` that no program runs from: those of earlier versions, and what a crash left half
 * built or half removed. Whoever holds the data folder calls it, after `ensureRuntimeTree`. Answers what it removed.
 */
export async function removeOldTrees(parent: string, current: string): Promise<string[]> {
  const old = (await readdir(parent)).filter((name) => name !== path.basename(current));
  if (old.length === 0) return [];
  const lines = await commandLines();
  const removed = old.filter((name) => !lines.some((line) => line.includes(`${path.join(parent, name)}/`)));
  for (const name of removed) await rm(path.join(parent, name), { recursive: true, force: true });
  return removed;
}

/** A tree's launcher names the tree in the arguments of what it starts; so does a sandbox that shows it. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}
