import type { CiConfig, CiJob, CiWorkflow } from './config.ts';
import { resolveExtends } from './extends.ts';
import { Fields } from './fields.ts';
import { checkGraph } from './graph.ts';
import { gather, type IncludeScope } from './include.ts';
import { child, type Entry, keyPlace, type MapNode } from './node.ts';
import { Notes } from './notes.ts';
import { DEFAULT_KEYS, readJob } from './read-job.ts';
import { readAutoCancel, readRules } from './read-rules.ts';
import { readVariables } from './read-variables.ts';
import { resolveReferences } from './reference.ts';
import type { CiReader, Diagnostic } from './types.ts';

/** More jobs than this are not planned in one pipeline (GitLab.com's limit for an active pipeline is of that order). */
export const LIMIT_JOBS = 500;

const TOP_DEFAULTS = ['image', 'services', 'cache', 'before_script', 'after_script'];
const TOP_KEYS = [
  '$schema',
  'default',
  'include',
  'spec',
  'stages',
  'variables',
  'workflow',
  ...TOP_DEFAULTS,
];
const NO_SCOPE: IncludeScope = { variables: {}, changedFiles: () => 'all', listFiles: () => [] };

/**
 * Reads a CI file and what it includes; every finding at once. `scope` answers `include:rules` and variables in
 * include paths (a PlanContext will do). Pure but for the reader; never throws for any text.
 */
export function parseCi(
  reader: CiReader,
  path: string,
  scope: IncludeScope = { ...NO_SCOPE, listFiles: () => reader.list() },
): { config: CiConfig | null; diagnostics: Diagnostic[] } {
  const notes = new Notes();
  const gathered = gather(reader, path, scope, notes);
  if (gathered === null) return { config: null, diagnostics: notes.all() };
  const root = resolveReferences(resolveExtends(gathered.root, notes), notes);
  const config = readConfig(root, path, gathered.templateSkipped, notes);
  checkGraph(config, notes);
  return { config: notes.failed ? null : config, diagnostics: notes.all() };
}

function readConfig(root: MapNode, file: string, templateSkipped: boolean, notes: Notes): CiConfig {
  const top = new Fields(root, '', notes);
  const defaults = readDefaults(top);
  const jobs: CiJob[] = [];
  let count = 0;
  for (const [name, entry] of root.entries) {
    if (name.startsWith('.') || (TOP_KEYS.includes(name) && !isJob(root, name, notes))) continue;
    if (entry.value.kind !== 'map') {
      notes.error('pipelines.not_a_job', entry.keyAt, { key: name });
      continue;
    }
    count += 1;
    if (count === LIMIT_JOBS + 1) notes.error('pipelines.too_many_jobs', entry.keyAt, { limit: LIMIT_JOBS });
    if (count > LIMIT_JOBS) break;
    const job = readJob(name, entry.keyAt, entry.value, defaults, templateSkipped, notes);
    if (job !== null) jobs.push(job);
  }
  if (count === 0 && !notes.failed) notes.error('pipelines.no_jobs', root.at);
  return {
    file,
    stages: readStages(top),
    variables: readVariables(top.node('variables'), 'variables', notes),
    workflow: readWorkflow(top),
    jobs,
  };
}

/** A map with a script under a reserved name is meant as a job: taken as one, with a warning, as GitLab would refuse it. */
function isJob(root: MapNode, name: string, notes: Notes): boolean {
  const value = child(root, name);
  if (value?.kind !== 'map' || !TOP_DEFAULTS.includes(name) || child(value, 'script') === null) return false;
  notes.warning('pipelines.name_reserved', keyPlace(root, name), { name });
  return true;
}

/** `default:` with the older top-level keys; the same key in both is an error, as on GitLab. */
function readDefaults(top: Fields): MapNode | null {
  const defaults = top.fields('default');
  defaults?.refuseUnknown([...DEFAULT_KEYS, 'identity']);
  const entries = new Map<string, Entry>(defaults?.map.entries ?? []);
  for (const key of TOP_DEFAULTS) {
    const entry = top.map.entries.get(key);
    if (entry === undefined || child(top.map, key) === null || isJob(top.map, key, top.notes)) continue;
    if (entries.has(key)) top.notes.error('pipelines.default_twice', entry.keyAt, { key });
    entries.set(key, entry);
  }
  return entries.size === 0 ? null : { kind: 'map', at: defaults?.map.at ?? top.map.at, entries };
}

function readStages(top: Fields): string[] {
  const named = top.strings('stages') ?? ['build', 'test', 'deploy'];
  return [...new Set(['.pre', ...named.filter((stage) => stage !== '.pre' && stage !== '.post'), '.post'])];
}

function readWorkflow(top: Fields): CiWorkflow {
  const fields = top.fields('workflow');
  fields?.refuseUnknown(['name', 'rules', 'auto_cancel']);
  return {
    name: fields?.string('name') ?? null,
    rules: fields === null ? null : readRules(fields.node('rules'), 'workflow:rules', top.notes, 'workflow'),
    autoCancel: {
      onNewCommit: 'conservative',
      onJobFailure: 'none',
      ...(fields === null ? {} : readAutoCancel(fields)),
    },
  };
}
