import type { AllowFailure, CiFilter, CiJob, CiRule } from './config.ts';
import { evaluateExpression } from './expression.ts';
import { type PatternMeter, splitPattern } from './pattern.ts';
import type { PathQuestions } from './rule-paths.ts';
import type { PlanContext, When } from './types.ts';

/** The variables that conditions see: as written for `if`, expanded by one another for paths (as on GitLab). */
export interface Scope {
  written: ReadonlyMap<string, string>;
  expanded: ReadonlyMap<string, string>;
}

/** What conditions ask of the pipeline besides its variables. */
export type ConditionContext = Pick<PlanContext, 'ref' | 'refType' | 'source'> & {
  paths: PathQuestions;
  patterns: PatternMeter;
};

/** The first rule that holds, or null. */
export function matchRule(rules: readonly CiRule[], context: ConditionContext, scope: Scope): CiRule | null {
  return rules.find((rule) => ruleHolds(rule, context, scope)) ?? null;
}

function ruleHolds(rule: CiRule, context: ConditionContext, scope: Scope): boolean {
  if (rule.if !== null && !evaluateExpression(rule.if, scope.written, context.patterns)) return false;
  if (rule.changes !== null && !context.paths.changesHold(rule.changes, scope.expanded)) return false;
  return rule.exists === null || context.paths.existsHold(rule.exists, scope.expanded);
}

/** How a job takes part; null where its conditions keep it out of this pipeline. */
export interface Participation {
  when: When;
  startInMs: number | null;
  allowFailure: AllowFailure;
  rule: CiRule | null;
}

export function decideJob(job: CiJob, context: ConditionContext, scope: Scope): Participation | null {
  const own = { when: job.when, startInMs: job.startInMs, allowFailure: job.allowFailure, rule: null };
  if (job.rules === null) return filtersHold(job, context, scope) ? own : null;
  const rule = matchRule(job.rules, context, scope);
  if (rule === null || rule.when === 'never') return null;
  return {
    when: rule.when ?? job.when,
    startInMs: rule.startInMs ?? job.startInMs,
    allowFailure: rule.allowFailure ?? job.allowFailure,
    rule,
  };
}

/** Every key of `only` must hold, any key of `except` excludes; without `only`, branches and tags. */
function filtersHold(job: CiJob, context: ConditionContext, scope: Scope): boolean {
  const { only, except } = job;
  if (only !== null && !filterKeys(only, context, scope).every((holds) => holds)) return false;
  return except === null || !filterKeys(except, context, scope).some((holds) => holds);
}

function filterKeys(filter: CiFilter, context: ConditionContext, scope: Scope): boolean[] {
  const keys: boolean[] = [];
  if (filter.refs !== null) keys.push(filter.refs.some((ref) => refMatches(ref, context, scope)));
  if (filter.variables !== null)
    keys.push(
      filter.variables.some((expression) => evaluateExpression(expression, scope.written, context.patterns)),
    );
  if (filter.changes !== null) keys.push(context.paths.changesHold(filter.changes, scope.expanded));
  return keys;
}

/** A keyword (`branches`, `tags`, `pushes`, `web`, …), a ref's name, or a pattern; `@group/project` limits to one project. */
function refMatches(written: string, context: ConditionContext, scope: Scope): boolean {
  // GitLab splits at the first @, in patterns too (its docs say to write \x40 there).
  const at = written.indexOf('@');
  const name = at < 0 ? written : written.slice(0, at);
  if (at >= 0 && written.slice(at + 1) !== scope.written.get('CI_PROJECT_PATH')) return false;
  if (name === 'branches' && context.refType === 'branch') return true;
  if (name === 'tags' && context.refType === 'tag') return true;
  const source = context.source.replace(/_event$/, '');
  if (name === source || name === plural(source)) return true;
  const pattern = splitPattern(name);
  if (pattern === null) return name === context.ref;
  return context.patterns.found(pattern.source, pattern.flags, context.ref);
}

function plural(source: string): string {
  return /(?:s|sh|ch|x)$/.test(source) ? `${source}es` : `${source}s`;
}
