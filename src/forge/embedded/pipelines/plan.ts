import { type ConditionContext, decideJob, matchRule, type Participation, type Scope } from './conditions.ts';
import type { CiConfig, CiJob, CiNeed } from './config.ts';
import { expandAll, expandVariables } from './expand.ts';
import { findCycle } from './graph.ts';
import { Notes } from './notes.ts';
import { combinationName, type Spread, spreadJob } from './parallel.ts';
import { PathQuestions } from './rule-paths.ts';
import type {
  Diagnostic,
  PipelinePlan,
  PlanContext,
  PlannedImage,
  PlannedJob,
  PlannedNeed,
  PlannedVariable,
} from './types.ts';

/** Why a file that is in order makes no pipeline here; each is a code of the error catalogue. */
export type NoPipeline = 'pipelines.none_workflow' | 'pipelines.none_jobs' | 'pipelines.none_edge';

const LIMIT_NAME = 255;

interface Candidate {
  job: CiJob;
  spread: Spread;
  participation: Participation;
  variables: readonly PlannedVariable[];
  scope: Scope;
}

/**
 * The jobs that this file makes for this push, with every condition decided. `plan` is null with errors, or with
 * `noPipeline` where workflow rules or conditions leave nothing to run. Pure.
 */
export function planPipeline(
  config: CiConfig,
  context: PlanContext,
): { plan: PipelinePlan | null; diagnostics: Diagnostic[]; noPipeline?: NoPipeline } {
  const notes = new Notes();
  const asked: Asked = { ...context, paths: new PathQuestions(context), patterns: notes.patterns };
  const none = (noPipeline: NoPipeline) => ({ plan: null, diagnostics: [], noPipeline });
  const workflow = decideWorkflow(config, asked);
  const candidates =
    workflow === null ? [] : config.jobs.flatMap((job) => admitted(job, workflow.variables, asked));
  if (notes.patterns.spent)
    notes.error('pipelines.patterns_heavy', { file: config.file, line: 1, column: 1 });
  if (notes.failed) return { plan: null, diagnostics: notes.all() };
  if (workflow === null) return none('pipelines.none_workflow');
  if (candidates.length === 0) return none('pipelines.none_jobs');
  if (candidates.every(({ job }) => job.stage === '.pre' || job.stage === '.post'))
    return none('pipelines.none_edge');
  const jobs = finish(config, candidates, notes);
  if (notes.failed) return { plan: null, diagnostics: notes.all() };
  const scope = scopeOf(asked, [], workflow.variables);
  const name =
    config.workflow.name === null ? null : expandVariables(config.workflow.name, scope.expanded).trim();
  const plan: PipelinePlan = {
    name: name === null || name === '' ? null : name.slice(0, LIMIT_NAME),
    stages: config.stages.filter((stage) => jobs.some((job) => job.stage === stage)),
    jobs,
    variables: workflow.variables,
    autoCancel: workflow.autoCancel,
  };
  return { plan, diagnostics: notes.all() };
}

type Asked = PlanContext & Pick<ConditionContext, 'paths' | 'patterns'>;

function decideWorkflow(
  config: CiConfig,
  context: Asked,
): Pick<PipelinePlan, 'variables' | 'autoCancel'> | null {
  const { rules, autoCancel } = config.workflow;
  if (rules === null) return { variables: config.variables, autoCancel };
  const rule = matchRule(rules, context, scopeOf(context, [], config.variables));
  if (rule === null || rule.when === 'never') return null;
  return {
    variables: overlay(config.variables, rule.variables),
    autoCancel: { ...autoCancel, ...rule.autoCancel },
  };
}

/** Later lists win; a name keeps its first position. */
function overlay(...layers: readonly (readonly PlannedVariable[])[]): PlannedVariable[] {
  const byKey = new Map<string, PlannedVariable>();
  for (const variable of layers.flat()) byKey.set(variable.key, variable);
  return [...byKey.values()];
}

function scopeOf(
  context: PlanContext,
  jobOwn: readonly (readonly [string, string])[],
  variables: readonly PlannedVariable[],
): Scope {
  const strong = Object.entries(context.variables);
  const strongNames = new Set(strong.map(([key]) => key));
  const written = new Map<string, string>([
    ...Object.entries(context.predefined ?? {}),
    ...jobOwn,
    ...variables.map(({ key, value }) => [key, value] as const),
    ...strong,
  ]);
  const raw = new Set(
    variables.filter(({ key, raw: isRaw }) => isRaw && !strongNames.has(key)).map(({ key }) => key),
  );
  let expanded: Map<string, string> | undefined;
  return {
    written,
    get expanded() {
      expanded ??= expandAll(written, raw);
      return expanded;
    },
  };
}

function admitted(job: CiJob, pipelineVariables: readonly PlannedVariable[], context: Asked): Candidate[] {
  const { inheritVariables } = job;
  const inherited = pipelineVariables.filter(({ key }) =>
    typeof inheritVariables === 'boolean' ? inheritVariables : inheritVariables.includes(key),
  );
  return spreadJob(job).flatMap((spread) => {
    const own = jobOwnVariables(job, spread);
    const matrix = spread.combination.map(([key, value]) => ({ key, value, raw: false }));
    const before = overlay(inherited, job.variables, matrix);
    const participation = decideJob(job, context, scopeOf(context, own, before));
    if (participation === null) return [];
    const variables = overlay(before, participation.rule?.variables ?? []);
    return [{ job, spread, participation, variables, scope: scopeOf(context, own, variables) }];
  });
}

function jobOwnVariables(job: CiJob, spread: Spread): [string, string][] {
  const own: [string, string][] = [
    ['CI_JOB_NAME', spread.name],
    ['CI_JOB_STAGE', job.stage],
  ];
  if (spread.parallel !== null)
    own.push(
      ['CI_NODE_INDEX', String(spread.parallel.index)],
      ['CI_NODE_TOTAL', String(spread.parallel.total)],
    );
  return own;
}

function finish(config: CiConfig, candidates: readonly Candidate[], notes: Notes): PlannedJob[] {
  const families = new Map<string, string[]>();
  for (const { job, spread } of candidates)
    for (const key of new Set([job.name, spread.name]))
      families.set(key, [...(families.get(key) ?? []), spread.name]);
  const jobs = candidates.map((candidate) => {
    const needs = candidate.participation.rule?.needs ?? candidate.job.needs;
    return finishJob(
      config,
      candidate,
      needs === null ? null : resolveNeeds(candidate, needs, families, notes),
      families,
    );
  });
  const cycle = findCycle(new Map(jobs.map((job) => [job.name, (job.needs ?? []).map((need) => need.job)])));
  const first = candidates.find(({ spread }) => spread.name === cycle?.[0]);
  if (cycle !== null && first !== undefined)
    notes.error('pipelines.needs_cycle', first.job.at, { chain: cycle.join(' → ') });
  return jobs;
}

/** Needs by exact name; one that conditions kept out is an error unless optional. */
function resolveNeeds(
  candidate: Candidate,
  needs: readonly CiNeed[],
  families: ReadonlyMap<string, readonly string[]>,
  notes: Notes,
): PlannedNeed[] {
  const resolved = new Map<string, PlannedNeed>();
  for (const need of needs) {
    const wanted = need.matrix?.map((combination) => combinationName(need.job, combination));
    const family = families.get(need.job) ?? [];
    const names = wanted === undefined ? family : family.filter((name) => wanted.includes(name));
    const missing = names.length === 0 || (wanted !== undefined && names.length < wanted.length);
    if (missing && !need.optional)
      notes.error('pipelines.need_absent', need.at, { job: candidate.spread.name, need: need.job });
    for (const job of names) resolved.set(job, { job, optional: need.optional, artifacts: need.artifacts });
  }
  return [...resolved.values()];
}

function finishJob(
  config: CiConfig,
  candidate: Candidate,
  needs: PlannedNeed[] | null,
  families: ReadonlyMap<string, readonly string[]>,
): PlannedJob {
  const { job, spread, participation, variables, scope } = candidate;
  const now = (text: string): string => (/[$%]/.test(text) ? expandVariables(text, scope.expanded) : text);
  const later = (text: string): string =>
    text.includes('$') ? expandVariables(text, scope.expanded, { unknown: 'keep' }) : text;
  return {
    name: spread.name,
    stage: job.stage,
    stageIndex: config.stages.indexOf(job.stage),
    needs,
    dependencies:
      job.dependencies === null
        ? null
        : [...new Set(job.dependencies.flatMap(({ job: name }) => families.get(name) ?? []))],
    beforeScript: job.beforeScript,
    script: job.script,
    afterScript: job.afterScript,
    image: job.image === null ? null : expandImage(job.image, later),
    services: job.services.map((service) => ({ ...service, ...expandImage(service, later) })),
    tags: [...new Set(job.tags.map(now).filter((tag) => tag !== ''))],
    variables,
    when: participation.when,
    startInMs: participation.when === 'delayed' ? participation.startInMs : null,
    allowFailure: participation.allowFailure,
    timeoutMs: job.timeoutMs,
    retry: job.retry,
    parallel: spread.parallel,
    resourceGroup: job.resourceGroup === null ? null : now(job.resourceGroup) || null,
    environment: job.environment === null ? null : { ...job.environment, name: now(job.environment.name) },
    interruptible: participation.rule?.interruptible ?? job.interruptible,
    coverage: job.coverage,
    idTokens: job.idTokens.map(({ name, aud }) => ({ name, aud: aud.map(now) })),
    artifacts: job.artifacts,
    cache: job.cache.map((cache) => ({
      ...cache,
      key: later(cache.key),
      fallbackKeys: cache.fallbackKeys.map(later),
      policy: cachePolicy(now(cache.policy)),
    })),
    hooks: job.hooks,
    manualConfirmation: job.manualConfirmation,
    pages: job.pages,
  };
}

function expandImage(image: PlannedImage, expand: (text: string) => string): PlannedImage {
  return { ...image, name: expand(image.name) };
}

function cachePolicy(policy: string): 'pull-push' | 'pull' | 'push' {
  return policy === 'pull' || policy === 'push' ? policy : 'pull-push';
}
