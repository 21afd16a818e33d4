import type { AllowFailure, CiJob } from './config.ts';
import { Fields, flatten, readString } from './fields.ts';
import { child, type Entry, keyPlace, type MapNode, type Place } from './node.ts';
import type { Notes } from './notes.ts';
import { splitPattern } from './pattern.ts';
import { readArtifacts, readCache } from './read-artifacts.ts';
import { readEnvironment } from './read-environment.ts';
import { readImage, readServices } from './read-image.ts';
import { readNeeds, readParallel } from './read-needs.ts';
import { readRetry } from './read-retry.ts';
import { readAllowFailure, readFilter, readRules } from './read-rules.ts';
import { readVariables } from './read-variables.ts';
import type { PlannedArtifacts, When } from './types.ts';

/** Keys that `default:` may give, and `inherit:default` may keep away. */
export const DEFAULT_KEYS = [
  'after_script',
  'artifacts',
  'before_script',
  'cache',
  'hooks',
  'id_tokens',
  'image',
  'interruptible',
  'retry',
  'services',
  'tags',
  'timeout',
];

const JOB_KEYS = [
  ...DEFAULT_KEYS,
  'allow_failure',
  'coverage',
  'dependencies',
  'environment',
  'except',
  'extends',
  'inherit',
  'manual_confirmation',
  'needs',
  'only',
  'pages',
  'parallel',
  'publish',
  'release',
  'resource_group',
  'rules',
  'script',
  'stage',
  'start_in',
  'variables',
  'when',
];

/** Keys of GitLab that need parts Seto does not have; each has its own advice in the catalogue. */
const REFUSED = {
  trigger: 'pipelines.refused_trigger',
  run: 'pipelines.refused_run',
  secrets: 'pipelines.refused_secrets',
  inputs: 'pipelines.inputs',
  identity: 'pipelines.refused_identity',
  dast_configuration: 'pipelines.refused_dast',
} as const;

const WHEN = ['on_success', 'on_failure', 'always', 'manual', 'delayed'] as const;
const LIMIT_NAME = 255;
const LIMIT_DELAY_MS = 7 * 86_400_000;

/** Reads one job over the defaults. Null where it has no script and a skipped template may have held it. */
export function readJob(
  name: string,
  at: Place,
  own: MapNode,
  defaults: MapNode | null,
  templateSkipped: boolean,
  notes: Notes,
): CiJob | null {
  if (name.length > LIMIT_NAME)
    notes.error('pipelines.name_long', at, { name: `${name.slice(0, 40)}…`, limit: LIMIT_NAME });
  if (name.trim() === '') notes.error('pipelines.name_blank', at);
  const refused = refuseKeys(own, name, notes);
  const inherit = new Fields(own, name, notes).fields('inherit');
  inherit?.refuseUnknown(['default', 'variables']);
  const job = new Fields(withDefaults(own, defaults, readInherit(inherit, 'default')), name, notes);
  job.refuseUnknown([...JOB_KEYS, ...Object.keys(REFUSED)]);
  const script = job.script('script') ?? [];
  const blank = script.every((line) => line.trim() === '') && !hasWrongLine(job);
  if (blank && !refused) {
    if (templateSkipped) notes.warning('pipelines.no_script_template', at, { job: name });
    else notes.error('pipelines.no_script', at, { job: name });
    return null;
  }
  const when: When = job.oneOf('when', WHEN) ?? 'on_success';
  if (job.has('release')) notes.warning('pipelines.release', keyPlace(job.map, 'release'), { job: name });
  return {
    name,
    at,
    stage: job.string('stage') ?? 'test',
    stageAt: job.at('stage'),
    beforeScript: job.script('before_script') ?? [],
    script,
    afterScript: job.script('after_script') ?? [],
    image: readImage(job.node('image'), job.where('image'), notes),
    services: readServices(job.node('services'), job.where('services'), notes),
    tags: job.strings('tags') ?? [],
    variables: readVariables(job.node('variables'), job.where('variables'), notes),
    inheritVariables: readInherit(inherit, 'variables'),
    needs: readNeeds(job.node('needs'), job.where('needs'), notes),
    dependencies: readDependencies(job),
    ...readConditions(job),
    when,
    startInMs: readStartIn(job, when),
    allowFailure: readJobAllowFailure(job, when),
    timeoutMs: job.duration('timeout'),
    retry: readRetry(job),
    parallel: readParallel(job),
    resourceGroup: job.string('resource_group'),
    environment: readEnvironment(job),
    interruptible: job.boolean('interruptible') ?? false,
    coverage: readCoverage(job),
    idTokens: readIdTokens(job),
    ...readKept(job),
    cache: readCache(job.node('cache'), job.where('cache'), notes),
    hooks: { preGetSourcesScript: readHooks(job) },
    manualConfirmation: job.string('manual_confirmation'),
  };
}

/** A script that could not be read was reported already. */
function hasWrongLine(job: Fields): boolean {
  const node = job.node('script');
  if (node === null) return false;
  return flatten([node]).some((line) => line.kind !== 'scalar' || typeof line.value !== 'string');
}

function refuseKeys(own: MapNode, job: string, notes: Notes): boolean {
  let refused = false;
  for (const [key, code] of Object.entries(REFUSED)) {
    if (child(own, key) === null) continue;
    notes.error(code, keyPlace(own, key), { job, key });
    refused = true;
  }
  return refused;
}

function withDefaults(own: MapNode, defaults: MapNode | null, inherit: boolean | readonly string[]): MapNode {
  if (defaults === null || inherit === false) return own;
  const entries = new Map<string, Entry>(own.entries);
  for (const key of DEFAULT_KEYS) {
    const entry = defaults.entries.get(key);
    if (entry === undefined || child(own, key) !== null) continue;
    if (inherit === true || inherit.includes(key)) entries.set(key, entry);
  }
  return { kind: 'map', at: own.at, entries };
}

function readInherit(inherit: Fields | null, key: string): boolean | readonly string[] {
  const node = inherit?.node(key) ?? null;
  if (inherit === null || node === null) return true;
  return node.kind === 'seq' ? (inherit.strings(key) ?? []) : (inherit.boolean(key) ?? true);
}

function readConditions(job: Fields): Pick<CiJob, 'rules' | 'only' | 'except'> {
  const rules = readRules(job.node('rules'), job.where('rules'), job.notes, 'job');
  for (const key of ['only', 'except'])
    if (rules !== null && job.node(key) !== null)
      job.notes.error('pipelines.rules_and_only', keyPlace(job.map, key), { job: job.path, key });
  return {
    rules,
    only: readFilter(job.node('only'), job.where('only'), job.notes),
    except: readFilter(job.node('except'), job.where('except'), job.notes),
  };
}

function readStartIn(job: Fields, when: When): number | null {
  const startInMs = job.duration('start_in');
  if ((when === 'delayed') !== (job.node('start_in') !== null) && job.node('rules') === null)
    job.notes.error('pipelines.start_in', keyPlace(job.map, 'when'), { where: job.path });
  if (startInMs !== null && startInMs > LIMIT_DELAY_MS)
    job.notes.error('pipelines.start_in_long', job.at('start_in'), { where: job.path });
  return startInMs;
}

/** A manual job may be left out unless it says otherwise; one made manual by a rule may not. */
function readJobAllowFailure(job: Fields, when: When): AllowFailure {
  return readAllowFailure(job) ?? when === 'manual';
}

function readDependencies(job: Fields): CiJob['dependencies'] {
  const node = job.node('dependencies');
  if (node === null) return null;
  if (node.kind !== 'seq') {
    job.notes.error('pipelines.not_strings', node.at, { where: job.where('dependencies') });
    return null;
  }
  return flatten(node.items).flatMap((item) => {
    const text = readString(item, job.where('dependencies'), job.notes);
    return text === null ? [] : [{ job: text, at: item.at }];
  });
}

function readCoverage(job: Fields): string | null {
  const text = job.string('coverage');
  if (text === null) return null;
  const pattern = splitPattern(text);
  if (pattern !== null && job.notes.patterns.compile(pattern.source, pattern.flags) !== null)
    return pattern.source;
  job.notes.badPattern(job.at('coverage'), text);
  return null;
}

function readIdTokens(job: Fields): CiJob['idTokens'] {
  const tokens = job.fields('id_tokens');
  if (tokens === null) return [];
  return [...tokens.map.entries.keys()].flatMap((name) => {
    const token = tokens.fields(name);
    if (token === null) return [];
    token.refuseUnknown(['aud']);
    const aud = token.strings('aud', 'single');
    if (aud !== null && aud.length > 0) return [{ name, aud }];
    job.notes.error('pipelines.missing_key', tokens.at(name), { key: 'aud', where: token.path });
    return [];
  });
}

function readHooks(job: Fields): readonly string[] {
  const hooks = job.fields('hooks');
  hooks?.refuseUnknown(['pre_get_sources_script']);
  return hooks?.script('pre_get_sources_script') ?? [];
}

/** Artifacts; a `pages` job keeps its folder (`public` unless `publish` says another) even where it does not list it. */
function readKept(job: Fields): { artifacts: PlannedArtifacts | null; pages: boolean } {
  const artifacts = readArtifacts(job.node('artifacts'), job.where('artifacts'), job.notes);
  const node = job.node('pages');
  const detailed = node?.kind === 'map' ? job.fields('pages') : null;
  detailed?.refuseUnknown(['path_prefix', 'publish', 'expire_in']);
  const switched = node === null || node.kind === 'map' ? node !== null : job.boolean('pages') === true;
  const pages = switched || (job.path === 'pages' && node === null);
  if (!pages) return { artifacts, pages };
  const folder = detailed?.string('publish') ?? job.string('publish') ?? 'public';
  const kept =
    artifacts ?? readArtifacts({ kind: 'map', at: job.map.at, entries: new Map() }, job.path, job.notes);
  if (kept === null || kept.paths.some((path) => path.replace(/\/+$/, '') === folder))
    return { artifacts: kept, pages };
  return { artifacts: { ...kept, paths: [...kept.paths, folder] }, pages };
}
