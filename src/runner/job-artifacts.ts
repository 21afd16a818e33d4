import { stat } from 'node:fs/promises';
import path from 'node:path';
import { explain, fault, SetoError } from '../shared/errors.ts';
import { runArchiveTask } from './archive/archive.ts';
import type { ArchiveResult } from './archive/task.ts';
import { backoffMs, isRetryable } from './backoff.ts';
import { type JobContext, JobFailed, section, tell } from './job-context.ts';
import { expand } from './job-environment.ts';
import type { JobArtifact } from './job-payload.ts';
import type { Reply } from './protocol-client.ts';

/** Fetches and unpacks what earlier jobs handed over. A server that is away is waited for. */
export async function fetchArtifacts(context: JobContext): Promise<void> {
  const wanted = context.job.dependencies.filter(({ artifacts_file: file }) => file?.filename);
  if (wanted.length === 0) return;
  await section(context, 'download_artifacts', 'runner.section.download', async () => {
    const files = wanted.map((_, index) => path.join(context.spool, `dependency-${index}.zip`));
    for (const [index, dependency] of wanted.entries()) {
      const status = await download(context, dependency, files[index] ?? '');
      if (status !== 200)
        throw failure(context, fault('runner.artifacts_missing', { name: dependency.name, status }));
    }
    const places = files.map((file) => ({ from: file, to: `/in/${path.basename(file)}` }));
    const results = await runArchiveTask(
      context.workplace,
      {
        do: 'unpack',
        root: context.environment.projectDir,
        sources: places.map(({ from, to }) => context.workplace.place(from, to)),
      },
      places,
      context.stop,
    );
    for (const [index, { files: count, refused }] of results.entries()) {
      const name = wanted[index]?.name ?? '';
      if (refused !== null)
        throw failure(context, fault('runner.archive_refused', { what: name, reason: refused }));
      tell(context, 'runner.downloaded', { name, files: count });
    }
  });
}

async function download(
  context: JobContext,
  from: { id: number; token: string },
  file: string,
): Promise<number> {
  for (let attempt = 0; ; attempt += 1) {
    let status = 0;
    try {
      status = await context.protocol.download(from, file, context.stop);
    } catch {
      // Nothing answered, or it broke off: tried again below.
    }
    if (!isRetryable(status) || context.stop.aborted || context.leftMs() <= 0) return status;
    await context.clock.sleep(Math.min(backoffMs(attempt), context.leftMs()), context.stop);
  }
}

/**
 * Packs and uploads what the job leaves, as `when` says. While the server is away the archives wait on disk. Returns
 * why the job fails where something was refused, else null; what matches nothing is only said aloud.
 */
export async function uploadArtifacts(
  context: JobContext,
  succeeded: boolean,
  deadline: AbortSignal,
): Promise<JobFailed['reason'] | null> {
  const wanted = context.job.artifacts.filter(
    ({ when }) => when === 'always' || (when === 'on_failure') !== succeeded,
  );
  if (wanted.length === 0) return null;
  let failed: JobFailed['reason'] | null = null;
  const guard = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SetoError)) throw error;
      const { message, remedy } = explain(error.code, error.values, context.lang);
      context.write(`\u001b[31;1m${message}\u001b[0;m\n${remedy}\n`);
      if (failed !== 'runner_system_failure') failed = reasonOf(error);
    }
  };
  await section(context, 'upload_artifacts', 'runner.section.upload', () =>
    guard(async () => {
      const results = await packAll(context, wanted, deadline);
      for (const [index, artifact] of wanted.entries()) {
        const result = results[index];
        if (result)
          await guard(() => uploadOne(context, artifact, result, archiveFile(context, index), deadline));
      }
    }),
  );
  return failed;
}

/** What the job itself left is at fault where the server (4xx) or the packer refused it: the same again ends the same. */
function reasonOf({ code, values }: SetoError): JobFailed['reason'] {
  const refused = code === 'runner.upload_refused' && Number(values['status']) < 500;
  return refused || code === 'runner.archive_refused' ? 'script_failure' : 'runner_system_failure';
}

function archiveFile({ spool }: JobContext, index: number): string {
  return path.join(spool, `artifact-${index}`);
}

function packAll(
  context: JobContext,
  wanted: readonly JobArtifact[],
  deadline: AbortSignal,
): Promise<ArchiveResult[]> {
  const filled = filler(context);
  const out = context.workplace.place(context.spool, '/out');
  const items = wanted.map((artifact, index) => ({
    target: path.join(out, path.basename(archiveFile(context, index))),
    format: formatOf(artifact.artifact_format),
    paths: artifact.paths.map(filled),
    exclude: artifact.exclude.map(filled),
    untracked: artifact.untracked,
  }));
  return runArchiveTask(
    context.workplace,
    { do: 'pack', root: context.environment.projectDir, items },
    [{ from: context.spool, to: '/out', writable: true }],
    deadline,
  );
}

async function uploadOne(
  context: JobContext,
  artifact: JobArtifact,
  result: ArchiveResult,
  file: string,
  deadline: AbortSignal,
): Promise<void> {
  const type = artifact.artifact_type || 'archive';
  const format = formatOf(artifact.artifact_format);
  for (const pattern of result.missing) tell(context, 'runner.pattern_empty', { pattern }, 'yellow');
  for (const link of result.leftOut) tell(context, 'runner.link_left_out', { link }, 'yellow');
  if (result.refused !== null)
    throw fault('runner.archive_refused', { what: artifact.name || type, reason: result.refused });
  if (result.files === 0) {
    tell(context, 'runner.nothing_to_upload');
    return;
  }
  const base = filler(context)(artifact.name) || (type === 'archive' ? 'artifacts' : type);
  const suffix = { zip: '.zip', gzip: '.gz', raw: '' }[format];
  const options = { filename: `${base}${suffix}`, expireIn: artifact.expire_in, format, type };
  const { status, message } = await upload(context, file, options, deadline);
  if (status !== 201 && status !== 200)
    throw fault('runner.upload_refused', { answer: message ?? `HTTP ${status}`, status });
  const { size } = await stat(file);
  tell(context, 'runner.uploaded', { name: options.filename, files: result.files, bytes: size });
}

function filler({ environment }: JobContext): (text: string) => string {
  return (text) => expand(text, (key) => environment.env[key] ?? '');
}

async function upload(
  context: JobContext,
  file: string,
  options: Parameters<JobContext['protocol']['upload']>[2],
  deadline: AbortSignal,
): Promise<Reply> {
  for (let attempt = 0; ; attempt += 1) {
    const reply = await context.protocol.upload(context.job, file, options);
    if (!isRetryable(reply.status) || reply.status === 507 || deadline.aborted) return reply;
    await context.clock.sleep(reply.retryAfterMs ?? backoffMs(attempt), deadline);
  }
}

function formatOf(format: string): 'zip' | 'gzip' | 'raw' {
  return format === 'gzip' || format === 'raw' ? format : 'zip';
}

function failure(context: JobContext, error: SetoError): JobFailed {
  const { message, remedy } = explain(error.code, error.values, context.lang);
  return new JobFailed(`${message} ${remedy}`, { kind: 'exited', code: 1 }, 'runner_system_failure');
}
