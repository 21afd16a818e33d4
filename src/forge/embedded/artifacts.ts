import { pipeline, type Readable, Transform } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { fault } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { ForgeContext } from './forge-context.ts';
import { heldStatuses, type JobRow, jobById } from './job-rows.ts';
import { sourcesOf } from './needed-artifacts.ts';
import { parseDotenv } from './parse-dotenv.ts';
import { readReport, reportLimitBytes } from './read-report.ts';

export interface ArtifactRow {
  id: number;
  job_id: number;
  type: string;
  format: string;
  filename: string;
  object_key: string;
  size: number;
  sha256: string;
  /** JSON of a {@link ReportSummary}; null where the artifact is no report that is read. */
  summary: string | null;
  expires_at: number | null;
  created_at: number;
}

/** Bytes of one artifact; a model with its pictures stays far below, a runaway glob does not fill the disk. */
const artifactLimitBytes = 20 * 1000 ** 3;
/** A dotenv report expanded; GitLab allows 5 kB, twelve times that is no attack yet. */
const dotenvLimitBytes = 64 * 1024;
/** Without `expire_in` an artifact lives for 30 days, as on GitLab.com. */
const defaultExpiryMs = 30 * 86_400_000;

export interface Artifacts {
  /** Streams one artifact in; durable when it returns. A repeated upload of a type replaces the earlier. */
  put(
    jobId: number,
    artifact: { type: string; format: string; filename: string; expireInMs: number | null | undefined },
    body: Readable,
  ): Promise<ArtifactRow>;
  of(jobId: number): ArtifactRow[];
  get(jobId: number, type: string): ArtifactRow | null;
  open(row: ArtifactRow): Promise<Readable>;
  /** Jobs whose archives this attempt fetches, newest attempts that succeeded in keeping one. */
  dependenciesOf(job: JobRow): { job: JobRow; archive: ArtifactRow }[];
  /** Variables of dotenv reports this attempt inherits. */
  inheritedVariables(job: JobRow): Record<string, string>;
  /** Deletes what expired, and objects that no row names any more. */
  sweep(): Promise<void>;
}

export function createArtifacts(ctx: ForgeContext): Artifacts {
  const { store, clock, objects } = ctx;
  const get = (jobId: number, type: string): ArtifactRow | null =>
    store.get<ArtifactRow>('SELECT * FROM artifacts WHERE job_id = ? AND type = ?', jobId, type) ?? null;
  const leave = (key: string) =>
    store.run('INSERT OR IGNORE INTO artifact_leftovers (object_key, since) VALUES (?, ?)', key, clock.now());
  const removeLeftovers = async () => {
    for (const { object_key: key } of store.all<{ object_key: string }>(
      'SELECT object_key FROM artifact_leftovers WHERE since <= ?',
      clock.now(),
    )) {
      await objects.delete(key);
      store.run('DELETE FROM artifact_leftovers WHERE object_key = ?', key);
    }
  };
  return {
    put: async (jobId, { type, format, filename, expireInMs }, body) => {
      const key = `artifacts/${Math.floor(jobId / 1000)}/${jobId}/${newId('artifact')}`;
      // The intent: a crash before the row leaves an object that the sweep finds and deletes.
      store.run(
        'INSERT INTO artifact_leftovers (object_key, since) VALUES (?, ?)',
        key,
        clock.now() + 86_400_000,
      );
      const { size, sha256 } = await objects.put(key, limited(body, artifactLimitBytes));
      const packed = isRead(type) && size <= reportLimitBytes ? await readAll(await objects.get(key)) : null;
      const dotenv = type === 'dotenv' ? readDotenv(packed) : null;
      const summary = packed === null ? null : readReport(type, packed);
      return store.transaction(() => {
        const job = jobById(store, jobId);
        if (!job || !heldStatuses.includes(job.status)) throw fault('forge.job_over', { job: jobId });
        const earlier = get(jobId, type);
        if (earlier) {
          leave(earlier.object_key);
          store.run('DELETE FROM artifacts WHERE id = ?', earlier.id);
        }
        const now = clock.now();
        const expiresAt = expireInMs === null ? null : now + (expireInMs ?? defaultExpiryMs);
        store.run(
          `INSERT INTO artifacts (job_id, type, format, filename, object_key, size, sha256, summary, expires_at, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          jobId,
          type,
          format,
          filename,
          key,
          size,
          sha256,
          summary === null ? null : JSON.stringify(summary),
          expiresAt,
          now,
        );
        store.run('DELETE FROM artifact_leftovers WHERE object_key = ?', key);
        if (type === 'archive')
          store.run('UPDATE jobs SET artifacts_expire_at = ? WHERE id = ?', expiresAt, jobId);
        if (dotenv !== null)
          store.run('UPDATE jobs SET dotenv = ? WHERE id = ?', JSON.stringify(dotenv), jobId);
        const row = get(jobId, type);
        if (!row) throw new Error('the artifact’s row is gone inside its own transaction');
        return row;
      });
    },
    of: (jobId) => store.all<ArtifactRow>('SELECT * FROM artifacts WHERE job_id = ? ORDER BY type', jobId),
    get,
    open: async (row) => {
      const body = await objects.get(row.object_key);
      if (body === null) throw fault('core.not_found', { what: `artifact ${row.type} of job ${row.job_id}` });
      return body;
    },
    dependenciesOf: (job) =>
      sourcesOf(store, job).flatMap((source) => {
        const archive = get(source.id, 'archive');
        return archive && (archive.expires_at === null || archive.expires_at > clock.now())
          ? [{ job: source, archive }]
          : [];
      }),
    inheritedVariables: (job) =>
      Object.assign(
        {},
        ...sourcesOf(store, job).map((source) => (source.dotenv === null ? {} : JSON.parse(source.dotenv))),
      ),
    sweep: async () => {
      store.transaction(() => {
        for (const row of store.all<ArtifactRow>(
          'SELECT * FROM artifacts WHERE expires_at <= ? LIMIT 500',
          clock.now(),
        )) {
          leave(row.object_key);
          store.run('DELETE FROM artifacts WHERE id = ?', row.id);
        }
      });
      await removeLeftovers();
    },
  };
}

/** The body, ending with an error where it is larger than `limit` or its sender is gone. */
function limited(body: Readable, limit: number): Readable {
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limit) done(fault('core.too_large', { what: 'The artifact', limit: '20 GB' }));
      else done(null, chunk);
    },
  });
  pipeline(body, counted, () => undefined);
  return counted;
}

function isRead(type: string): boolean {
  return type === 'dotenv' || type === 'junit' || type === 'metrics';
}

async function readAll(body: Readable | null): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function readDotenv(packed: Buffer | null): Record<string, string> {
  const tooLarge = () => fault('forge.dotenv_size', { limit: '64 kB' });
  if (packed === null) throw tooLarge();
  let text: string;
  try {
    text = gunzipSync(packed, { maxOutputLength: dotenvLimitBytes }).toString();
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw fault('core.bad_input', { problems: 'dotenv: not gzip' }, { cause: error });
  }
  return parseDotenv(text);
}
