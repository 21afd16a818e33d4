import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  commitSnapshot,
  ensureDataset,
  listDatasets,
  missingBlobs,
  sendBlob,
  sendBlobs,
} from '../api/contract/datasets.ts';
import type { Client } from '../client/client.ts';
import { isPicturePath, parseGroupsCsv } from '../shared/data-folder.ts';
import { fault } from '../shared/errors.ts';
import type { Lang } from '../shared/text/format.ts';
import { framedLimitBytes, frameHeader } from '../storage/framed-blobs.ts';
import { checkEntries, checkName, refuseTooMany } from './check-entries.ts';
import { compileGroupPattern } from './groups.ts';
import { hashFile } from './hash-file.ts';
import { inParallel } from './in-parallel.ts';
import { comparePaths, digestManifest, labelOf, type ManifestEntry, writeManifest } from './manifest.ts';
import { type FolderFile, walkFolder } from './walk-folder.ts';

export interface PushRequest {
  client: Client;
  lang: Lang;
  name: string;
  dir: string;
  /** `group/name` of the owner. */
  project: string;
  /** Replaces the kept pattern; undefined keeps it, null removes it. */
  groupPattern?: string | null | undefined;
  shared?: boolean | undefined;
  onProgress?: (phase: 'hashing' | 'sending', done: number, total: number) => void;
}

export interface PushResult {
  snapshot: string;
  files: number;
  bytes: number;
  sentFiles: number;
  sentBytes: number;
  /** Hidden files that were left out. */
  hidden: number;
  /** Files that the group pattern does not fit. */
  ungrouped: number;
  /** Files of label folders that are not named as pictures. */
  otherFiles: number;
  /** Lines of groups.csv whose path is no file of the folder. */
  strayGroups: number;
}

interface HashedFile extends ManifestEntry {
  file: string;
}

/** Files read at once: more gain nothing on two cores, fewer leave the disk waiting. */
const parallelReads = 8;
const parallelBatches = 3;
/** A batch ends at this size or number: large enough that its round trip costs little, small enough to repeat. */
const batchBytes = 8 * 1024 * 1024;
const batchFiles = 1000;

/**
 * Makes a snapshot of a folder: reads it, asks which contents the platform lacks, sends those, then the manifest.
 * Broken off, it goes on where it was: what arrived is not asked for again.
 * @throws data.refused with every file that cannot be part of a data set; data.empty, data.too_many
 */
export async function pushFolder(request: PushRequest): Promise<PushResult> {
  const { client, name, dir, project, lang } = request;
  const { groupPattern, shared } = request;
  const folder = await walkFolder(dir);
  const pattern = groupPattern === undefined ? await keptPattern(client, name) : groupPattern;
  checkName(name);
  refuseTooMany(folder.files.length);
  const check = checkEntries();
  for (const { path: where, problem } of folder.problems) check.refuse(where, problem);
  const csv = await readGroups(dir);
  for (const line of csv.badLines) check.refuse('groups.csv', 'data.problem.groups_line', { line });
  for (const line of csv.secondGroups) check.refuse('groups.csv', 'data.problem.second_group', { line });
  const grouping = pattern === null ? null : compileGroupPattern(pattern);
  let ungrouped = 0;
  const groupOf = (file: FolderFile): string | null => {
    const named = csv.groups.get(file.path);
    if (named !== undefined || grouping === null) return named ?? null;
    const captured = grouping(file.path);
    if (captured === null) ungrouped++;
    return captured;
  };
  const entries: HashedFile[] = [];
  await inParallel(folder.files, parallelReads, async (file) => {
    const { sha256, size } = await hashFile(file.file, file.size);
    entries.push({ sha256, size, group: groupOf(file) ?? sha256, path: file.path, file: file.file });
    request.onProgress?.('hashing', entries.length, folder.files.length);
  });
  entries.sort((a, b) => comparePaths(a.path, b.path));
  for (const entry of entries) check.add(entry);
  check.finish(lang);
  // Only now: a folder that is refused leaves nothing behind on the platform.
  await client.call(ensureDataset, {
    params: { dataset: name },
    body: { project, groupPattern, shared },
  });
  const missing = await askMissing(client, name, entries);
  const sent = await sendAll(client, name, missing, request.onProgress);
  const { id } = await digestManifest(entries);
  const params = { dataset: name, snapshot: id };
  const made = await client.call(commitSnapshot, {
    params,
    body: Readable.from(writeManifest(entries)),
    silenceMs: 0,
  });
  const { files, bytes } = made;
  return {
    snapshot: id,
    files,
    bytes,
    sentFiles: missing.length,
    sentBytes: sent,
    hidden: folder.hidden,
    ungrouped,
    otherFiles: entries.filter((each) => labelOf(each.path) !== null && !isPicturePath(each.path)).length,
    strayGroups: csv.groups.size - entries.filter((entry) => csv.groups.has(entry.path)).length,
  };
}

async function keptPattern(client: Client, name: string): Promise<string | null> {
  const known = (await client.call(listDatasets)).find(
    (each) => each.name.toLowerCase() === name.toLowerCase(),
  );
  return known?.groupPattern ?? null;
}

async function readGroups(dir: string): Promise<ReturnType<typeof parseGroupsCsv>> {
  try {
    return parseGroupsCsv(await readFile(path.join(dir, 'groups.csv'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return parseGroupsCsv('');
    throw error;
  }
}

async function askMissing(
  client: Client,
  name: string,
  entries: readonly HashedFile[],
): Promise<HashedFile[]> {
  const byDigest = new Map<string, HashedFile>();
  for (const entry of entries) byDigest.set(entry.sha256, entry);
  const digests = [...byDigest.keys()];
  const missing: HashedFile[] = [];
  const slices = Array.from({ length: Math.ceil(digests.length / 2000) }, (_, i) =>
    digests.slice(i * 2000, (i + 1) * 2000),
  );
  await inParallel(slices, parallelBatches, async (slice) => {
    const answer = await client.call(missingBlobs, { params: { dataset: name }, body: { digests: slice } });
    for (const sha256 of answer.missing) {
      const entry = byDigest.get(sha256);
      if (entry) missing.push(entry);
    }
  });
  return missing;
}

async function sendAll(
  client: Client,
  name: string,
  missing: readonly HashedFile[],
  onProgress: PushRequest['onProgress'],
): Promise<number> {
  let done = 0;
  let bytes = 0;
  await inParallel(batchesOf(missing), parallelBatches, async (batch) => {
    const [first] = batch;
    if (first !== undefined && first.size > framedLimitBytes)
      await client.call(sendBlob, {
        params: { dataset: name, sha256: first.sha256 },
        body: createReadStream(first.file, { highWaterMark: 1024 * 1024 }),
        silenceMs: 0,
      });
    else
      await client.call(sendBlobs, {
        params: { dataset: name },
        body: Readable.from(frames(batch), { objectMode: false, highWaterMark: 256 * 1024 }),
        silenceMs: 0,
      });
    for (const { size } of batch) bytes += size;
    done += batch.length;
    onProgress?.('sending', done, missing.length);
  });
  return bytes;
}

/** Small files together, each large one alone. */
function* batchesOf(files: readonly HashedFile[]): Generator<HashedFile[]> {
  let batch: HashedFile[] = [];
  let size = 0;
  for (const file of files) {
    if (file.size > framedLimitBytes) {
      yield [file];
      continue;
    }
    batch.push(file);
    size += file.size;
    if (size < batchBytes && batch.length < batchFiles) continue;
    yield batch;
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield batch;
}

async function* frames(batch: readonly HashedFile[]): AsyncGenerator<Buffer> {
  for (const { file, path: where, size, sha256 } of batch) {
    const data = await readFile(file);
    if (data.length !== size)
      throw fault('storage.mismatch', {
        what: where,
        expected: `${size} bytes`,
        actual: `${data.length} bytes`,
      });
    yield frameHeader(sha256, size);
    yield data;
  }
}
