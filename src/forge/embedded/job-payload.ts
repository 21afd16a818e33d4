import { createHash } from 'node:crypto';
import type { Site } from '../../identity/principal.ts';
import type { Artifacts } from './artifacts.ts';
import type { ForgeContext } from './forge-context.ts';
import { type IdTokens, ownAudience } from './id-tokens.ts';
import { type JobRow, planOf } from './job-rows.ts';
import { commitInfoOf, type PipelineRow, variablesContext } from './pipeline-rows.ts';
import { expandVariables } from './pipelines/expand.ts';
import type { PlannedCache, PlannedJob, PlannedService } from './pipelines/types.ts';
import { type JobVariable, jobVariables, type RunFacts, secret, variable } from './predefined-variables.ts';
import type { Variables } from './variables.ts';

/** Failure reasons a runner may name to us. */
const failureReasons = [
  'unknown_failure',
  'script_failure',
  'runner_system_failure',
  'job_execution_timeout',
  'image_pull_failure',
  'unknown_job_failure',
  'job_canceled',
  'lease_over',
] as const;

/** What a runner needs to run one attempt (GitLab Runner, `common/spec`). */
export async function jobPayload(
  ctx: ForgeContext,
  parts: { variables: Variables; artifacts: Artifacts; idTokens: IdTokens },
  job: JobRow,
  pipeline: PipelineRow,
  token: string,
): Promise<object> {
  const project = ctx.identity.project(job.project_id);
  if (!project) throw new Error(`job ${job.id} belongs to project ${job.project_id}, which is gone`);
  const plan = planOf(job);
  const site: Site = job.site ?? 'onprem';
  const url = ctx.urlFor(site);
  const facts: RunFacts = {
    url,
    webUrl: ctx.url(),
    project,
    ref: pipeline.ref,
    refType: pipeline.ref_type,
    protectedRef: pipeline.protected_ref === 1,
    sha: pipeline.sha,
    beforeSha: pipeline.before_sha,
    source: pipeline.source,
    commit: commitInfoOf(pipeline),
    user: ctx.identity.users.byId(pipeline.user_id) ?? {
      id: pipeline.user_id,
      name: `user-${pipeline.user_id}`,
    },
  };
  const variables = await allVariables(ctx, parts, { job, pipeline, plan, facts, token, url });
  const known = Object.fromEntries(variables.map(({ key, value }) => [key, value]));
  const expand = (text: string) => expandVariables(text, known);
  const timeout = Math.ceil(job.timeout_ms / 1000);
  const repository = new URL(`${url}/git/${project.path}.git`);
  repository.username = 'gitlab-ci-token';
  repository.password = token;
  const isTag = pipeline.ref_type === 'tag';
  return {
    id: job.id,
    token,
    allow_git_fetch: true,
    job_info: {
      id: job.id,
      name: job.name,
      stage: job.stage,
      project_id: project.id,
      project_name: project.path.split('/')[1],
      project_full_name: project.path,
      time_in_queue_seconds: Math.max(
        0,
        ((job.started_at ?? 0) - (job.queued_at ?? job.started_at ?? 0)) / 1000,
      ),
    },
    git_info: {
      repo_url: repository.href,
      ref: pipeline.ref,
      sha: pipeline.sha,
      before_sha: pipeline.before_sha,
      ref_type: pipeline.ref_type,
      depth: Number(known['GIT_DEPTH'] ?? 20) || 0,
      refspecs: [
        `+refs/pipelines/${pipeline.id}:refs/pipelines/${pipeline.id}`,
        isTag
          ? `+refs/tags/${pipeline.ref}:refs/tags/${pipeline.ref}`
          : `+refs/heads/${pipeline.ref}:refs/remotes/origin/${pipeline.ref}`,
      ],
      protected: pipeline.protected_ref === 1,
    },
    runner_info: { timeout },
    variables,
    steps: stepsOf(plan, timeout),
    image: plan.image ? imageOf(plan.image, expand) : null,
    services: plan.services.map((service) => serviceOf(service, expand)),
    artifacts: artifactsOf(plan, expand),
    cache: await cachesOf(ctx, plan.cache, pipeline, project.path, expand),
    credentials: [
      { type: 'registry', url: new URL(ctx.url()).host, username: 'gitlab-ci-token', password: token },
      ...(url === ctx.url()
        ? []
        : [{ type: 'registry', url: new URL(url).host, username: 'gitlab-ci-token', password: token }]),
    ],
    dependencies: parts.artifacts.dependenciesOf(job).map(({ job: source, archive }) => ({
      id: source.id,
      name: source.name,
      // Its own token is long dead; this attempt's may read the artifacts of its project.
      token,
      artifacts_file: { filename: archive.filename, size: archive.size },
    })),
    hooks:
      plan.hooks.preGetSourcesScript.length > 0
        ? [{ name: 'pre_get_sources_script', script: plan.hooks.preGetSourcesScript }]
        : [],
    features: { trace_sections: true, failure_reasons: failureReasons },
  };
}

/** Weakest first, since the last of a name wins: predefined, file, inherited reports, project, the run's own, tokens. */
async function allVariables(
  ctx: ForgeContext,
  parts: { variables: Variables; artifacts: Artifacts; idTokens: IdTokens },
  {
    job,
    pipeline,
    plan,
    facts,
    token,
    url,
  }: {
    job: JobRow;
    pipeline: PipelineRow;
    plan: PlannedJob;
    facts: RunFacts;
    token: string;
    url: string;
  },
): Promise<JobVariable[]> {
  const run = JSON.parse(ctx.seal.open(pipeline.variables, variablesContext)) as Record<string, string>;
  const tokens = [{ name: 'SETO_ID_TOKEN', aud: [ownAudience] }, ...plan.idTokens];
  const signed = await Promise.all(tokens.map(({ aud }) => parts.idTokens.sign(job, pipeline, aud)));
  const list = [
    ...jobVariables(
      facts,
      { id: pipeline.id, iid: pipeline.iid, name: pipeline.name, createdAt: pipeline.created_at },
      {
        id: job.id,
        name: job.name,
        stage: job.stage,
        token,
        manual: plan.when === 'manual',
        timeoutMs: job.timeout_ms,
        startedAt: job.started_at ?? ctx.clock.now(),
        parallel: plan.parallel,
        environment: plan.environment
          ? {
              name: plan.environment.name,
              url: plan.environment.url,
              action: plan.environment.action,
              tier: plan.environment.deploymentTier,
            }
          : null,
      },
    ),
    ...plan.variables.map(({ key, value, raw }) => ({ ...variable(key, value), raw })),
    ...Object.entries(parts.artifacts.inheritedVariables(job)).map(([key, value]) => variable(key, value)),
    ...parts.variables.forRef(pipeline.project_id, pipeline.protected_ref === 1),
    ...Object.entries(run).map(([key, value]) => variable(key, value)),
    variable('SETO_URL', url),
    ...tokens.map(({ name }, at) => secret(name, signed[at] ?? '')),
  ];
  return [...new Map(list.map((each) => [each.key, each])).values()];
}

/** The values that must not show in this attempt's log. */
export function secretsOf(variables: readonly JobVariable[]): string[] {
  return variables.filter((each) => each.masked && each.value.length >= 8).map((each) => each.value);
}

function stepsOf(plan: PlannedJob, timeout: number): object[] {
  const steps: object[] = [
    {
      name: 'script',
      script: [...plan.beforeScript, ...plan.script],
      timeout,
      when: 'on_success',
      allow_failure: false,
    },
  ];
  if (plan.afterScript.length > 0)
    steps.push({
      name: 'after_script',
      script: plan.afterScript,
      timeout,
      when: 'always',
      allow_failure: true,
    });
  return steps;
}

function imageOf(image: NonNullable<PlannedJob['image']>, expand: (text: string) => string): object {
  return {
    name: expand(image.name),
    ...(image.entrypoint ? { entrypoint: image.entrypoint } : {}),
    ...(image.pullPolicy.length > 0 ? { pull_policy: image.pullPolicy } : {}),
    ...(image.dockerUser || image.platform
      ? {
          executor_opts: {
            docker: {
              ...(image.dockerUser ? { user: image.dockerUser } : {}),
              ...(image.platform ? { platform: image.platform } : {}),
            },
          },
        }
      : {}),
  };
}

function serviceOf(service: PlannedService, expand: (text: string) => string): object {
  return {
    ...imageOf(service, expand),
    ...(service.alias ? { alias: service.alias } : {}),
    ...(service.command ? { command: service.command } : {}),
    variables: service.variables.map(({ key, value, raw }) => ({ ...variable(key, value), raw })),
  };
}

/** Reports that GitLab takes gzipped one by one; the others are zipped. */
const zippedReports = new Set(['coverage_report', 'sast', 'secret_detection']);

function artifactsOf(plan: PlannedJob, expand: (text: string) => string): object[] {
  const { artifacts } = plan;
  if (!artifacts) return [];
  const expireIn = artifacts.expireIn === null ? {} : { expire_in: artifacts.expireIn };
  const list: object[] = [];
  if (artifacts.paths.length > 0 || artifacts.untracked)
    list.push({
      name: expand(artifacts.name ?? 'artifacts'),
      paths: artifacts.paths.map(expand),
      exclude: artifacts.exclude.map(expand),
      untracked: artifacts.untracked,
      when: artifacts.when,
      ...expireIn,
      artifact_type: 'archive',
      artifact_format: 'zip',
    });
  for (const report of artifacts.reports)
    list.push({
      name: `${report.type}`,
      paths: report.paths.map(expand),
      when: 'always',
      ...expireIn,
      artifact_type: report.type === 'coverage_report' ? (report.format ?? 'cobertura') : report.type,
      artifact_format: zippedReports.has(report.type) ? 'zip' : 'gzip',
    });
  return list;
}

async function cachesOf(
  { repositories }: ForgeContext,
  caches: readonly PlannedCache[],
  pipeline: PipelineRow,
  projectPath: string,
  expand: (text: string) => string,
): Promise<object[]> {
  if (caches.length === 0) return [];
  const oids = caches.some((cache) => cache.keyFiles.length > 0)
    ? new Map((await repositories.files(projectPath, pipeline.sha)).map((file) => [file.path, file.oid]))
    : new Map<string, string>();
  return caches.map((cache) => {
    const files = cache.keyFiles.map((file) => `${file} ${oids.get(file) ?? ''}`).join('\n');
    const fingerprint = cache.keyFiles.length > 0 ? createHash('sha1').update(files).digest('hex') : '';
    const key = [expand(cache.key), fingerprint].filter((part) => part !== '').join('-') || 'default';
    // What an unprotected ref wrote is never read on a protected one.
    const suffix = cache.unprotect || pipeline.protected_ref === 0 ? 'non_protected' : 'protected';
    return {
      key: `${key}-${suffix}`,
      fallback_keys: cache.fallbackKeys.map((each) => `${expand(each)}-${suffix}`),
      paths: cache.paths.map(expand),
      untracked: cache.untracked,
      policy: expand(cache.policy),
      when: cache.when,
    };
  });
}
