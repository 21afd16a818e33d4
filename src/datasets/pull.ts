import { createHash } from 'node:crypto';
import { createWriteStream, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pullSnapshot, readBlob, readBlobs, readManifestOf } from '../api/contract/datasets.ts';
import type { Client } from '../client/client.ts';
import { splitOf } from '../shared/data-folder.ts';
import { fault } from '../shared/errors.ts';
import { printable } from '../shared/text/format.ts';
import { framedLimitBytes, readFramedBlobs } from '../storage/framed-blobs.ts';
import { problemOfPath } from './check-entries.ts';
import { formatGroupLine } from './groups.ts';
import { inParallel } from './in-parallel.ts';
import { type ManifestEntry, readManifest } from './manifest.ts';
import { compareFolder, type PullPlan } from './plan-pull.ts';
import { indexName, type PulledFile, readPullIndex, writePullIndex } from './pull-index.ts';

export interface PullRequest {
  client: Client;
  name: string;
  /** Id or a prefix; undefined: the pipeline's pin, else the newest. */
  snapshot: string | undefined;
  dir: string;
  split: 'train' | 'test' | 'all';
  /** Overwrites files that were changed here. */
  force: boolean;
  onProgress?: (done: number, total: number) => void;
}

export interface PullResult {
  name: string;
  snapshot: string;
  files: number;
  bytes: number;
  fetchedFiles: number;
  fetchedBytes: number;
  removedFiles: number;
  /** Not in the snapshot any more, but changed here, so left. */
  keptFiles: number;
}

const parallelBatches = 4;
const batchBytes = 8 * 1024 * 1024;
const batchFiles = 1000;
const groupsCsv = 'groups.csv';

/**
 * Makes a folder hold a snapshot (or one side of its split): fetches what is missing or different, takes away what
 * an earlier pull wrote and is not in it, touches nothing else.
 * @throws data.changed_locally before anything is changed, unless `force`
 */
export async function pullFolder(request: PullRequest): Promise<PullResult> {
  const { client, dir, split } = request;
  const params = { dataset: request.name };
  const chosen = await client.call(pullSnapshot, { params, body: { snapshot: request.snapshot, split } });
  await mkdir(dir, { recursive: true });
  const index = await readPullIndex(dir);
  const { entries, groups } = await readWanted(client, request, chosen.id, chosen.groupPattern !== null);
  const plan = await compareFolder(dir, entries, index?.files ?? new Map(), groups);
  if (plan.changed.length > 0 && !request.force) throw changedLocally(plan.changed);
  const files = plan.inPlace;
  const temporary = path.join(dir, `${indexName}.part`);
  const cleared = new Set<string>();
  let done = 0;
  // Synchronous file calls: nothing else waits here, and for small files they take a third of the time.
  const place = (entry: ManifestEntry, file: string): void => {
    const target = path.join(dir, entry.path);
    clearWay(dir, entry.path, cleared);
    renameSync(file, target);
    const { mtimeMs } = lstatSync(target);
    files.set(entry.path, { sha256: entry.sha256, size: entry.size, mtimeMs });
    request.onProgress?.(++done, plan.fetch.length);
  };
  try {
    await mkdir(temporary, { recursive: true });
    await fetchAll(request, plan.fetch, temporary, place);
    const removed = await removeGone(dir, plan);
    await writeGroups(dir, groups, files);
    await writePullIndex(dir, { name: chosen.name, snapshot: chosen.id, split, files });
    return {
      name: chosen.name,
      snapshot: chosen.id,
      files: entries.length,
      bytes: entries.reduce((sum, { size }) => sum + size, 0),
      fetchedFiles: plan.fetch.length,
      fetchedBytes: plan.fetch.reduce((sum, { size }) => sum + size, 0),
      removedFiles: removed,
      keptFiles: plan.kept,
    };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function changedLocally(changed: readonly string[]) {
  const lines = changed.slice(0, 50).map((each) => `  ${printable(each)}`);
  if (changed.length > lines.length) lines.push(`  … ${changed.length - lines.length}`);
  return fault('data.changed_locally', { count: changed.length, list: lines.join('\n') });
}

/** The entries of the asked split, and the text of their groups.csv (null where each file is its own group). */
async function readWanted(
  client: Client,
  { name, split }: PullRequest,
  snapshot: string,
  allGroups: boolean,
): Promise<{ entries: ManifestEntry[]; groups: string | null }> {
  const entries: ManifestEntry[] = [];
  let groups = '';
  const hash = createHash('sha256');
  const { body } = await client.stream(readManifestOf, { params: { dataset: name, snapshot } });
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
  }
  for await (const batch of readManifest(hashed()))
    for (const entry of batch) {
      if (problemOfPath(entry.path) !== null)
        throw fault('data.bad_manifest', { line: 0, problem: printable(entry.path) });
      if (split !== 'all' && splitOf(entry.group) !== split) continue;
      entries.push(entry);
      // A file whose group is its content needs no line, unless a kept pattern would give it another at the next push.
      if (allGroups || entry.group !== entry.sha256) groups += formatGroupLine(entry.path, entry.group);
    }
  const actual = hash.digest('hex');
  if (actual !== snapshot)
    throw fault('storage.mismatch', { what: `${name}@${snapshot}`, expected: snapshot, actual });
  return { entries, groups: groups === '' ? null : `path,group\n${groups}` };
}

async function fetchAll(
  { client, name }: PullRequest,
  wanted: readonly ManifestEntry[],
  temporary: string,
  place: (entry: ManifestEntry, file: string) => void,
): Promise<void> {
  let sequence = 0;
  const fresh = () => path.join(temporary, String(sequence++));
  await inParallel(batchesOf(wanted), parallelBatches, async (batch) => {
    const [first] = batch;
    if (first !== undefined && first.size > framedLimitBytes) {
      const file = fresh();
      await fetchLarge(client, name, first, file);
      return place(first, file);
    }
    // Repeated contents are asked for once each time they are wanted: rare, and it keeps the order.
    const { body } = await client.stream(readBlobs, {
      params: { dataset: name },
      body: { digests: batch.map(({ sha256 }) => sha256) },
    });
    let next = 0;
    for await (const { data } of readFramedBlobs(body)) {
      const entry = batch[next++];
      if (entry === undefined) break;
      const file = fresh();
      writeFileSync(file, data);
      place(entry, file);
    }
    if (next < batch.length)
      throw fault('data.bad_frame', { problem: `${batch.length - next} files are missing` });
  });
}

async function fetchLarge(client: Client, name: string, entry: ManifestEntry, file: string): Promise<void> {
  const { body } = await client.stream(readBlob, { params: { dataset: name, sha256: entry.sha256 } });
  const hash = createHash('sha256');
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file),
  );
  const actual = hash.digest('hex');
  if (actual !== entry.sha256)
    throw fault('storage.mismatch', { what: entry.path, expected: entry.sha256, actual });
}

function* batchesOf(entries: readonly ManifestEntry[]): Generator<ManifestEntry[]> {
  let batch: ManifestEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    if (entry.size > framedLimitBytes) {
      yield [entry];
      continue;
    }
    batch.push(entry);
    size += entry.size;
    if (size < batchBytes && batch.length < batchFiles) continue;
    yield batch;
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield batch;
}

/**
 * Makes the folders of a file, real ones: a link (or file) in a folder's place, and a folder in the file's, is taken
 * away. Only reached with --force where something of the user's stands there.
 */
function clearWay(dir: string, where: string, cleared: Set<string>): void {
  const look = (at: string) => lstatSync(path.join(dir, at), { throwIfNoEntry: false });
  const makeFolder = (folder: string): void => {
    if (folder === '.' || cleared.has(folder)) return;
    makeFolder(path.dirname(folder));
    const there = look(folder);
    if (there && !there.isDirectory()) rmSync(path.join(dir, folder));
    if (!there?.isDirectory()) mkdirSync(path.join(dir, folder));
    cleared.add(folder);
  };
  makeFolder(path.dirname(where));
  if (look(where)?.isDirectory()) rmSync(path.join(dir, where), { recursive: true });
}

/** Takes away what earlier pulls wrote, and folders that are empty after it. */
async function removeGone(dir: string, plan: PullPlan): Promise<number> {
  const folders = new Set<string>();
  for (const where of plan.gone) {
    await rm(path.join(dir, where), { force: true });
    for (let at = path.dirname(where); at !== '.'; at = path.dirname(at)) folders.add(at);
  }
  for (const folder of [...folders].sort((a, b) => b.length - a.length))
    await rmdir(path.join(dir, folder)).catch(() => undefined);
  return plan.gone.length;
}

async function writeGroups(dir: string, text: string | null, files: Map<string, PulledFile>): Promise<void> {
  const file = path.join(dir, groupsCsv);
  if (text === null) return;
  const known = await readFile(file, 'utf8').catch(() => null);
  if (known !== text) await writeFile(file, text);
  const { mtimeMs, size } = await lstat(file);
  files.set(groupsCsv, { sha256: createHash('sha256').update(text).digest('hex'), size, mtimeMs });
}
