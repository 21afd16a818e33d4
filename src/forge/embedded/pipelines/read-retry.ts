import type { Fields } from './fields.ts';
import { Fields as FieldReader } from './fields.ts';
import { readExitCodes } from './read-rules.ts';
import type { PlannedRetry } from './types.ts';

/** GitLab's names, those of older versions too. */
const REASONS = [
  'always',
  'unknown_failure',
  'script_failure',
  'api_failure',
  'stuck_or_timeout_failure',
  'stuck_pending_with_matching_runners',
  'stuck_pending_no_matching_runners',
  'no_updates_running',
  'no_updates_canceling',
  'runner_system_failure',
  'runner_configuration_error',
  'runner_external_dependency_failure',
  'runner_interrupted',
  'runner_unsupported',
  'stale_schedule',
  'job_execution_timeout',
  'server_timeout_running',
  'server_timeout_canceling',
  'archived_failure',
  'unmet_prerequisites',
  'scheduler_failure',
  'data_integrity_failure',
  'runner_provisioning_timeout',
  'job_router_failure',
];
const MOST = 2;

/** `retry:` as a number (0 to 2) or a map. */
export function readRetry(job: Fields): PlannedRetry {
  const none: PlannedRetry = { max: 0, when: [], exitCodes: [] };
  const node = job.node('retry');
  if (node === null) return none;
  if (node.kind !== 'map') return { ...none, max: job.integer('retry', 0, MOST) ?? 0 };
  const fields = new FieldReader(node, job.where('retry'), job.notes);
  fields.refuseUnknown(['max', 'when', 'exit_codes']);
  const when = fields.strings('when', 'single') ?? [];
  for (const reason of when)
    if (!REASONS.includes(reason))
      job.notes.error('pipelines.not_one_of', fields.at('when'), {
        where: fields.where('when'),
        value: reason,
        allowed: REASONS.join(', '),
      });
  return {
    max: fields.integer('max', 0, MOST) ?? 0,
    when: when.includes('always') ? [] : when,
    exitCodes: readExitCodes(fields),
  };
}
