import { Fields, flatten } from './fields.ts';
import type { Node } from './node.ts';
import type { Notes } from './notes.ts';
import type { PlannedArtifacts, PlannedCache, PlannedReport } from './types.ts';

const WHEN = ['on_success', 'on_failure', 'always'] as const;
const REPORTS = [
  'accessibility',
  'annotations',
  'api_fuzzing',
  'browser_performance',
  'cluster_image_scanning',
  'codequality',
  'container_scanning',
  'coverage_fuzzing',
  'coverage_report',
  'cyclonedx',
  'dast',
  'dependency_scanning',
  'dotenv',
  'junit',
  'license_management',
  'license_scanning',
  'load_performance',
  'lsif',
  'metrics',
  'performance',
  'repository_xray',
  'requirements',
  'requirements_v2',
  'sarif',
  'sast',
  'secret_detection',
  'terraform',
];
/** GitLab's limits. */
const LIMIT_CACHES = 4;
const LIMIT_KEY_FILES = 2;
const LIMIT_FALLBACKS = 5;

export function readArtifacts(node: Node | null, where: string, notes: Notes): PlannedArtifacts | null {
  if (node === null) return null;
  const fields = Fields.of(node, where, notes);
  if (fields === null) return null;
  fields.refuseUnknown([
    'paths',
    'exclude',
    'name',
    'when',
    'expire_in',
    'expose_as',
    'untracked',
    'public',
    'access',
    'reports',
  ]);
  const expire = fields.duration('expire_in', 'never');
  const written = fields.node('expire_in');
  const exposeAs = fields.string('expose_as');
  const paths = fields.strings('paths') ?? [];
  if (exposeAs !== null && paths.length === 0)
    notes.error('pipelines.missing_key', fields.at('expose_as'), { key: 'paths', where });
  const isPublic = fields.boolean('public');
  if (fields.has('public') && fields.has('access'))
    notes.error('pipelines.public_and_access', fields.at('public'), { where });
  const access = fields.oneOf('access', ['all', 'developer', 'maintainer', 'none'] as const);
  return {
    paths,
    exclude: fields.strings('exclude') ?? [],
    name: fields.string('name'),
    when: fields.oneOf('when', WHEN) ?? 'on_success',
    expireInMs: expire === null ? undefined : Number.isFinite(expire) ? expire : null,
    expireIn: expire === null || written?.kind !== 'scalar' ? null : written.text,
    exposeAs,
    untracked: fields.boolean('untracked') ?? false,
    access: access ?? (isPublic === false ? 'developer' : 'all'),
    reports: readReports(fields),
  };
}

function readReports(artifacts: Fields): PlannedReport[] {
  const fields = artifacts.fields('reports');
  if (fields === null) return [];
  fields.refuseUnknown(REPORTS);
  const reports: PlannedReport[] = [];
  for (const type of REPORTS) {
    const node = fields.node(type);
    if (node === null) continue;
    if (type === 'coverage_report') {
      const report = Fields.of(node, fields.where(type), fields.notes);
      report?.refuseUnknown(['coverage_format', 'path']);
      const format = report?.oneOf('coverage_format', ['cobertura', 'jacoco'] as const);
      const path = report?.string('path');
      if (format && path) reports.push({ type, paths: [path], format });
      else if (report)
        fields.notes.error('pipelines.missing_key', node.at, {
          key: 'coverage_format, path',
          where: report.path,
        });
    } else {
      const paths = fields.strings(type, 'single');
      if (paths !== null) reports.push({ type, paths, format: null });
    }
  }
  return reports;
}

/** `cache:`: one map or up to four; an empty map or list switches the default off. */
export function readCache(node: Node | null, where: string, notes: Notes): PlannedCache[] {
  if (node === null) return [];
  const items = node.kind === 'seq' ? flatten(node.items) : [node];
  if (items.length > LIMIT_CACHES)
    notes.error('pipelines.too_many_items', node.at, { where, limit: LIMIT_CACHES });
  const caches: PlannedCache[] = [];
  for (const item of items.slice(0, LIMIT_CACHES)) {
    const fields = Fields.of(item, where, notes);
    if (fields !== null && fields.map.entries.size > 0) caches.push(readOneCache(fields));
  }
  return caches;
}

function readOneCache(fields: Fields): PlannedCache {
  fields.refuseUnknown(['key', 'paths', 'untracked', 'unprotect', 'policy', 'when', 'fallback_keys']);
  const policy = fields.node('policy');
  const variable = policy?.kind === 'scalar' && policy.text.includes('$');
  const fallbackKeys = fields.strings('fallback_keys') ?? [];
  if (fallbackKeys.length > LIMIT_FALLBACKS)
    fields.notes.error('pipelines.too_many_items', fields.at('fallback_keys'), {
      where: fields.where('fallback_keys'),
      limit: LIMIT_FALLBACKS,
    });
  return {
    ...readKey(fields),
    fallbackKeys,
    paths: fields.strings('paths') ?? [],
    untracked: fields.boolean('untracked') ?? false,
    unprotect: fields.boolean('unprotect') ?? false,
    policy: variable
      ? (policy.text as 'pull-push')
      : (fields.oneOf('policy', ['pull-push', 'pull', 'push'] as const) ?? 'pull-push'),
    when: fields.oneOf('when', WHEN) ?? 'on_success',
  };
}

function readKey(cache: Fields): { key: string; keyFiles: readonly string[] } {
  const node = cache.node('key');
  if (node === null) return { key: 'default', keyFiles: [] };
  if (node.kind !== 'map') {
    const text = node.kind === 'scalar' ? node.text : null;
    if (text === null)
      cache.notes.error('pipelines.not_string', node.at, { where: cache.where('key'), value: '[…]' });
    return { key: text || 'default', keyFiles: [] };
  }
  const fields = new Fields(node, cache.where('key'), cache.notes);
  fields.refuseUnknown(['files', 'files_commits', 'prefix']);
  const key = fields.has('files_commits') ? 'files_commits' : 'files';
  const keyFiles = fields.strings(key) ?? [];
  if (keyFiles.length < 1 || keyFiles.length > LIMIT_KEY_FILES)
    cache.notes.error('pipelines.cache_files', node.at, { where: fields.where(key), limit: LIMIT_KEY_FILES });
  return { key: fields.string('prefix') ?? '', keyFiles };
}
