import { mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import { runArchiveTask } from './archive/archive.ts';
import { type JobContext, section, tell } from './job-context.ts';
import { expand } from './job-environment.ts';
import type { JobCache } from './job-payload.ts';

// A cache lives on its node alone, is never trusted and never needed: a failure is said aloud and the job goes on.

/** Unpacks the caches that the job may pull. */
export async function restoreCaches(context: JobContext): Promise<void> {
  const wanted = context.job.cache.filter(({ policy }) => policy !== 'push');
  if (wanted.length === 0) return;
  await section(context, 'restore_cache', 'runner.section.restore_cache', async () => {
    for (const cache of wanted) {
      const keys = [cache.key, ...cache.fallback_keys].map((key) => filled(context, key));
      const files = keys.map((key) => cacheFile(context, key));
      const present = await Promise.all(
        files.map((file) =>
          stat(file).then(
            () => true,
            () => false,
          ),
        ),
      );
      const at = present.indexOf(true);
      const [file, key] = [files[at], keys[at]];
      if (file === undefined || key === undefined) {
        tell(context, 'runner.cache_absent', { key: keys[0] ?? '' });
        continue;
      }
      const [answer] = await runArchiveTask(
        context.workplace,
        {
          do: 'unpack',
          root: context.environment.projectDir,
          sources: [context.workplace.place(file, '/in/archive.zip')],
        },
        [{ from: file, to: '/in/archive.zip' }],
        context.stop,
      );
      if (answer?.refused != null)
        throw fault('runner.archive_refused', { what: key, reason: answer.refused });
      tell(context, 'runner.cache_found', { key, files: answer?.files ?? 0 });
    }
  });
}

/** Packs what the job may push, as `when` says, replacing the earlier archive at once. */
export async function saveCaches(
  context: JobContext,
  succeeded: boolean,
  deadline: AbortSignal,
): Promise<void> {
  const wanted = context.job.cache.filter(
    ({ policy, when }) => policy !== 'pull' && (when === 'always' || (when === 'on_failure') !== succeeded),
  );
  if (wanted.length === 0) return;
  await section(context, 'archive_cache', 'runner.section.save_cache', async () => {
    for (const [index, cache] of wanted.entries())
      await saveOne(context, cache, `cache-${index}.zip`, deadline);
  });
}

async function saveOne(
  context: JobContext,
  cache: JobCache,
  name: string,
  deadline: AbortSignal,
): Promise<void> {
  const key = filled(context, cache.key);
  const [answer] = await runArchiveTask(
    context.workplace,
    {
      do: 'pack',
      root: context.environment.projectDir,
      items: [
        {
          target: path.join(context.workplace.place(context.spool, '/out'), name),
          format: 'zip',
          paths: cache.paths.map((each) => filled(context, each)),
          exclude: [],
          untracked: cache.untracked,
        },
      ],
    },
    [{ from: context.spool, to: '/out', writable: true }],
    deadline,
  );
  for (const pattern of answer?.missing ?? []) tell(context, 'runner.pattern_empty', { pattern }, 'yellow');
  for (const link of answer?.leftOut ?? []) tell(context, 'runner.link_left_out', { link }, 'yellow');
  if (answer === undefined || answer.files === 0) return;
  const file = cacheFile(context, key);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await rename(path.join(context.spool, name), file);
  tell(context, 'runner.cache_saved', { key, files: answer.files });
}

function filled(context: JobContext, text: string): string {
  return expand(text, (key) => context.environment.env[key] ?? '');
}

/**
 * One project's caches never meet another's, and what jobs of unprotected refs leave is not unpacked by those of
 * protected ones, which may deploy.
 */
function cacheFile(context: JobContext, key: string): string {
  const level = context.environment.env['CI_COMMIT_REF_PROTECTED'] === 'true' ? 'protected' : 'open';
  return path.join(context.cacheDir, String(context.job.job_info.project_id), level, `${sha256(key)}.zip`);
}
