import { explain } from '../../../shared/errors.ts';
import type { Lang } from '../../../shared/text/format.ts';
import { describeDiagnostic } from './diagnostics.ts';
import { parseCi } from './parse.ts';
import { planPipeline } from './plan.ts';
import type { CiReader, Diagnostic, PipelineSource, PlanContext, PlannedJob } from './types.ts';

export interface LintOptions {
  ref: string;
  tag: boolean;
  source: PipelineSource;
  lang: Lang;
  defaultBranch?: string;
  variables?: Readonly<Record<string, string>>;
}

/** The stable form of `seto pipeline lint --json`. */
export interface LintResult {
  valid: boolean;
  /** Why the file, though valid, makes no pipeline for this ref; null where it makes one. */
  noPipeline: { code: string; message: string; remedy: string } | null;
  diagnostics: (Diagnostic & { message: string; remedy: string })[];
  stages: readonly string[];
  jobs: LintJob[];
}

export interface LintJob {
  name: string;
  stage: string;
  when: string;
  allowFailure: boolean | { exitCodes: readonly number[] };
  needs: readonly string[] | null;
  tags: readonly string[];
  image: string | null;
  environment: string | null;
  resourceGroup: string | null;
  timeoutMs: number | null;
  variables: Readonly<Record<string, string>>;
  beforeScript: readonly string[];
  script: readonly string[];
  afterScript: readonly string[];
}

/** What a file would do for a push (or another source) to `ref`, without a server. Every file counts as changed. */
export function lintPipeline(reader: CiReader, path: string, options: LintOptions): LintResult {
  const context = lintContext(reader, options);
  const withText = (diagnostic: Diagnostic) => ({
    ...diagnostic,
    ...describeDiagnostic(diagnostic, options.lang),
  });
  const { config, diagnostics } = parseCi(reader, path, context);
  const result: LintResult = {
    valid: config !== null,
    noPipeline: null,
    diagnostics: diagnostics.map(withText),
    stages: [],
    jobs: [],
  };
  if (config === null) return result;
  const planned = planPipeline(config, context);
  result.diagnostics.push(...planned.diagnostics.map(withText));
  if (planned.noPipeline !== undefined)
    result.noPipeline = { code: planned.noPipeline, ...explain(planned.noPipeline, {}, options.lang) };
  else result.valid = planned.plan !== null;
  result.stages = planned.plan?.stages ?? [];
  result.jobs = (planned.plan?.jobs ?? []).map(lintJob);
  return result;
}

function lintContext(reader: CiReader, options: LintOptions): PlanContext {
  const defaultBranch = options.defaultBranch ?? 'main';
  return {
    predefined: {
      CI: 'true',
      GITLAB_CI: 'true',
      CI_PIPELINE_SOURCE: options.source,
      CI_COMMIT_REF_NAME: options.ref,
      CI_COMMIT_REF_SLUG: slug(options.ref),
      CI_DEFAULT_BRANCH: defaultBranch,
      ...(options.tag ? { CI_COMMIT_TAG: options.ref } : { CI_COMMIT_BRANCH: options.ref }),
    },
    variables: options.variables ?? {},
    ref: options.ref,
    refType: options.tag ? 'tag' : 'branch',
    source: options.source,
    protectedRef: options.ref === defaultBranch,
    changedFiles: () => 'all',
    listFiles: () => reader.list(),
  };
}

/** CI_COMMIT_REF_SLUG: lower case, other characters as `-`, 63 bytes, no `-` at either end. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
}

function lintJob(job: PlannedJob): LintJob {
  return {
    name: job.name,
    stage: job.stage,
    when: job.when,
    allowFailure: job.allowFailure,
    needs: job.needs?.map((need) => need.job) ?? null,
    tags: job.tags,
    image: job.image?.name ?? null,
    environment: job.environment?.name ?? null,
    resourceGroup: job.resourceGroup,
    timeoutMs: job.timeoutMs,
    variables: Object.fromEntries(job.variables.map(({ key, value }) => [key, value])),
    beforeScript: job.beforeScript,
    script: job.script,
    afterScript: job.afterScript,
  };
}
