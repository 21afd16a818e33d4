import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { hashFile } from './hash-file.ts';
import { inParallel } from './in-parallel.ts';
import type { ManifestEntry } from './manifest.ts';
import type { PulledFile } from './pull-index.ts';

/** What a pull has to do. */
export interface PullPlan {
  /** Already as wanted. */
  inPlace: Map<string, PulledFile>;
  fetch: ManifestEntry[];
  /** Differ from what was pulled, and the snapshot would overwrite them. */
  changed: string[];
  /** Written by an earlier pull, unchanged since, not in the snapshot. */
  gone: string[];
  /** The same, but changed since: left alone. */
  kept: number;
}

/** Looks at once: a stat mostly waits. */
const parallelLooks = 32;

/** Compares a folder with what it should hold. Reads only files whose size or time is not as recorded. */
export async function compareFolder(
  dir: string,
  entries: readonly ManifestEntry[],
  pulled: ReadonlyMap<string, PulledFile>,
  groups: string | null,
): Promise<PullPlan> {
  const plan: PullPlan = { inPlace: new Map(), fetch: [], changed: [], gone: [], kept: 0 };
  const found = new Map<string, PulledFile>();
  const linked = createLinkCheck(dir);
  await inParallel(entries, parallelLooks, async (entry) => {
    if (await linked(entry.path)) return void plan.changed.push(entry.path);
    const now = await look(dir, entry.path);
    if (now === null) return;
    const before = pulled.get(entry.path);
    const untouched = before !== undefined && now.size === before.size && now.mtimeMs === before.mtimeMs;
    if (untouched && before.sha256 === entry.sha256) return void found.set(entry.path, before);
    if (untouched) return;
    if (!now.isFile()) return void plan.changed.push(entry.path);
    const { sha256 } = await hashFile(path.join(dir, entry.path), now.size);
    if (sha256 === entry.sha256) found.set(entry.path, { sha256, size: now.size, mtimeMs: now.mtimeMs });
    else if (sha256 !== before?.sha256) plan.changed.push(entry.path);
  });
  for (const entry of entries) {
    const there = found.get(entry.path);
    if (there) plan.inPlace.set(entry.path, there);
    else plan.fetch.push(entry);
  }
  await compareGroups(dir, pulled.get('groups.csv'), groups, plan);
  const wanted = new Set(entries.map((entry) => entry.path));
  if (groups !== null) wanted.add('groups.csv');
  for (const where of plan.changed) wanted.add(where);
  for (const [where, before] of pulled) {
    if (wanted.has(where)) continue;
    const now = (await linked(where)) ? null : await look(dir, where);
    if (now === null) continue;
    if (now.isFile() && now.size === before.size && now.mtimeMs === before.mtimeMs) plan.gone.push(where);
    else plan.kept++;
  }
  plan.changed.sort();
  return plan;
}

async function compareGroups(
  dir: string,
  before: PulledFile | undefined,
  groups: string | null,
  plan: PullPlan,
): Promise<void> {
  if (groups === null) return;
  const now = await look(dir, 'groups.csv');
  if (now === null) return;
  if (!now.isFile()) return void plan.changed.push('groups.csv');
  const { sha256 } = await hashFile(path.join(dir, 'groups.csv'), now.size);
  const wanted = createHash('sha256').update(groups).digest('hex');
  if (sha256 !== wanted && sha256 !== before?.sha256) plan.changed.push('groups.csv');
}

async function look(dir: string, where: string): Promise<Stats | null> {
  try {
    return await lstat(path.join(dir, where));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Whether a folder on the way is a link: what is behind it is not ours to write. Each folder is looked at once. */
function createLinkCheck(dir: string): (where: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  const check = (folder: string): Promise<boolean> => {
    if (folder === '.') return Promise.resolve(false);
    const before = known.get(folder);
    if (before) return before;
    const answer = check(path.dirname(folder)).then(
      async (above) => above || (await look(dir, folder))?.isDirectory() === false,
    );
    known.set(folder, answer);
    return answer;
  };
  return (where) => check(path.dirname(where));
}
