import type { Clock } from '../../shared/clock.ts';
import { explain } from '../../shared/errors.ts';
import { langFrom } from '../../shared/text/format.ts';
import type { Store } from '../../store/store.ts';
import { failUnstarted } from './advance-pipeline.ts';
import type { ForgeContext } from './forge-context.ts';
import { finalStatuses, type JobRow, newestJobs, planOf } from './job-rows.ts';

/** The ended jobs whose artifacts and dotenv reports an attempt is given. */
export function sourcesOf(store: Store, job: JobRow): JobRow[] {
  const plan = planOf(job);
  const named = plan.dependencies === null ? null : new Set(plan.dependencies);
  const needed =
    plan.needs === null ? null : new Set(plan.needs.flatMap((need) => (need.artifacts ? [need.job] : [])));
  return newestJobs(store, job.pipeline_id).filter(
    (other) =>
      other.id !== job.id &&
      finalStatuses.includes(other.status) &&
      (needed === null ? other.stage_index < job.stage_index : needed.has(other.name)) &&
      (named === null || named.has(other.name)),
  );
}

/** Those of them whose archive is past its time; a job that never left one is not among them. */
export function expiredSources({ store, clock }: { store: Store; clock: Clock }, job: JobRow): JobRow[] {
  const now = clock.now();
  return sourcesOf(store, job).filter(({ artifacts_expire_at: until }) => until !== null && until <= now);
}

/**
 * Fails what waits for a runner and would run without an archive that it needs, as GitLab does; its log says which job
 * to repeat. The log comes first: done again after a crash, it reads the same.
 */
export async function failWithoutArtifacts(ctx: ForgeContext): Promise<void> {
  const { store, clock, traces } = ctx;
  const doubtful = store.all<JobRow>(
    `SELECT * FROM jobs WHERE status = 'pending' AND finished_at IS NULL AND EXISTS
       (SELECT 1 FROM jobs AS source WHERE source.pipeline_id = jobs.pipeline_id AND source.artifacts_expire_at <= ?)`,
    clock.now(),
  );
  for (const job of doubtful) {
    const lines = expiredSources(ctx, job).map(({ id, name }) => {
      const values = { name, source: id, job: job.id };
      const { message, remedy } = explain('forge.artifacts_expired', values, langFrom(process.env));
      return `${message} ${remedy}\n`;
    });
    if (lines.length === 0) continue;
    await traces.append(job.id, 0, Buffer.from(lines.join('')), []);
    failUnstarted(ctx, job.id, 'missing_dependency_failure');
  }
}
