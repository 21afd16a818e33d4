import { Fields } from './fields.ts';
import type { PlannedEnvironment } from './types.ts';

const ACTIONS = ['start', 'prepare', 'stop', 'verify', 'access'] as const;
const TIERS = ['production', 'staging', 'testing', 'development', 'other'] as const;

/** `environment:` as a name or a map. */
export function readEnvironment(job: Fields): PlannedEnvironment | null {
  const node = job.node('environment');
  if (node === null) return null;
  const bare = {
    url: null,
    action: 'start',
    onStop: null,
    autoStopInMs: null,
    deploymentTier: null,
  } as const;
  if (node.kind !== 'map') {
    const name = job.string('environment');
    return name === null ? null : { name, ...bare };
  }
  const fields = new Fields(node, job.where('environment'), job.notes);
  fields.refuseUnknown(['name', 'url', 'action', 'on_stop', 'auto_stop_in', 'kubernetes', 'deployment_tier']);
  const name = fields.string('name');
  if (name === null) {
    if (fields.node('name') === null)
      job.notes.error('pipelines.missing_key', node.at, { key: 'name', where: fields.path });
    return null;
  }
  const autoStop = fields.duration('auto_stop_in', 'never');
  return {
    name,
    url: fields.string('url'),
    action: fields.oneOf('action', ACTIONS) ?? 'start',
    onStop: fields.string('on_stop'),
    autoStopInMs: autoStop === null || !Number.isFinite(autoStop) ? null : autoStop,
    deploymentTier: fields.oneOf('deployment_tier', TIERS),
  };
}
