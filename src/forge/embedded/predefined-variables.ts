import type { CommitInfo } from './git/repositories.ts';

/** One variable of a job as the runner gets it (GitLab's JobVariable). */
export interface JobVariable {
  key: string;
  value: string;
  public: boolean;
  masked: boolean;
  file: boolean;
  raw: boolean;
}

export interface RunFacts {
  /** Where the job reaches us. */
  url: string;
  /** Where people do; links in variables lead there. */
  webUrl: string;
  project: { id: number; path: string; defaultBranch: string };
  ref: string;
  refType: 'branch' | 'tag';
  protectedRef: boolean;
  sha: string;
  beforeSha: string;
  source: string;
  commit: CommitInfo;
  user: { id: number; name: string };
}

export interface PipelineFacts {
  id: number;
  iid: number;
  name: string | null;
  createdAt: number;
}

export interface JobFacts {
  id: number;
  name: string;
  stage: string;
  token: string;
  manual: boolean;
  timeoutMs: number;
  startedAt: number;
  parallel: { index: number; total: number } | null;
  environment: { name: string; url: string | null; action: string; tier: string | null } | null;
}

/** GitLab's CI_COMMIT_REF_SLUG: lower case, 63 bytes, only 0-9 and a-z, the rest `-`, none at the ends. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
}

/** What is known before a pipeline exists: rules may ask for these (GitLab, "Predefined CI/CD variables reference"). */
export function runVariables(facts: RunFacts): Record<string, string> {
  const { project, commit, user } = facts;
  const url = new URL(facts.url);
  const [namespace = '', name = ''] = project.path.split('/');
  return {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_SERVER: 'yes',
    CI_SERVER_NAME: 'Seto',
    CI_SERVER_URL: facts.url,
    CI_SERVER_HOST: url.hostname,
    CI_SERVER_FQDN: url.host,
    CI_SERVER_PORT: url.port || (url.protocol === 'https:' ? '443' : '80'),
    CI_SERVER_PROTOCOL: url.protocol.slice(0, -1),
    CI_API_V4_URL: `${facts.url}/api/v4`,
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_NAME: name,
    CI_PROJECT_TITLE: name,
    CI_PROJECT_PATH: project.path,
    CI_PROJECT_PATH_SLUG: slug(project.path),
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_ROOT_NAMESPACE: namespace,
    CI_PROJECT_URL: `${facts.webUrl}/${project.path}`,
    CI_PROJECT_VISIBILITY: 'private',
    CI_DEFAULT_BRANCH: project.defaultBranch,
    CI_CONFIG_PATH: '.gitlab-ci.yml',
    CI_PIPELINE_SOURCE: facts.source,
    CI_COMMIT_SHA: facts.sha,
    CI_COMMIT_SHORT_SHA: facts.sha.slice(0, 8),
    CI_COMMIT_BEFORE_SHA: facts.beforeSha,
    CI_COMMIT_REF_NAME: facts.ref,
    CI_COMMIT_REF_SLUG: slug(facts.ref),
    CI_COMMIT_REF_PROTECTED: String(facts.protectedRef),
    ...(facts.refType === 'branch' ? { CI_COMMIT_BRANCH: facts.ref } : { CI_COMMIT_TAG: facts.ref }),
    CI_COMMIT_TITLE: commit.title,
    CI_COMMIT_MESSAGE: commit.message,
    CI_COMMIT_DESCRIPTION: commit.message.slice(commit.title.length).trimStart(),
    CI_COMMIT_AUTHOR: commit.author,
    CI_COMMIT_TIMESTAMP: commit.timestamp,
    CI_REGISTRY: url.host,
    CI_REGISTRY_IMAGE: `${url.host}/${project.path}`,
    GITLAB_USER_ID: String(user.id),
    GITLAB_USER_LOGIN: user.name,
    GITLAB_USER_NAME: user.name,
    GITLAB_USER_EMAIL: `${user.name}@${url.hostname}`,
  };
}

/** What only a job that runs can know, beside {@link runVariables}. Tokens are masked. */
export function jobVariables(run: RunFacts, pipeline: PipelineFacts, job: JobFacts): JobVariable[] {
  const plain: Record<string, string> = {
    ...runVariables(run),
    CI_PIPELINE_ID: String(pipeline.id),
    CI_PIPELINE_IID: String(pipeline.iid),
    CI_PIPELINE_URL: pipelineUrl(run.webUrl, run.project.path, pipeline.id),
    CI_PIPELINE_CREATED_AT: new Date(pipeline.createdAt).toISOString(),
    ...(pipeline.name === null ? {} : { CI_PIPELINE_NAME: pipeline.name }),
    CI_JOB_ID: String(job.id),
    CI_JOB_NAME: job.name,
    CI_JOB_NAME_SLUG: slug(job.name),
    CI_JOB_STAGE: job.stage,
    CI_JOB_URL: `${run.webUrl}/${run.project.path}/-/jobs/${job.id}`,
    CI_JOB_STARTED_AT: new Date(job.startedAt).toISOString(),
    CI_JOB_TIMEOUT: String(Math.ceil(job.timeoutMs / 1000)),
    ...(job.manual ? { CI_JOB_MANUAL: 'true' } : {}),
    CI_NODE_TOTAL: String(job.parallel?.total ?? 1),
    ...(job.parallel ? { CI_NODE_INDEX: String(job.parallel.index) } : {}),
    CI_REGISTRY_USER: 'gitlab-ci-token',
    ...(job.environment
      ? {
          CI_ENVIRONMENT_NAME: job.environment.name,
          CI_ENVIRONMENT_SLUG: slug(job.environment.name).slice(0, 24).replace(/-+$/, ''),
          CI_ENVIRONMENT_ACTION: job.environment.action,
          ...(job.environment.tier === null ? {} : { CI_ENVIRONMENT_TIER: job.environment.tier }),
        }
      : {}),
  };
  const repository = new URL(`${run.url}/git/${run.project.path}.git`);
  repository.username = 'gitlab-ci-token';
  repository.password = job.token;
  return [
    ...Object.entries(plain).map(([key, value]) => variable(key, value)),
    // As written in the CI file: the runner fills in CI_ENVIRONMENT_SLUG and what only it knows.
    ...(job.environment?.url ? [{ ...variable('CI_ENVIRONMENT_URL', job.environment.url), raw: false }] : []),
    secret('CI_JOB_TOKEN', job.token),
    secret('CI_REGISTRY_PASSWORD', job.token),
    secret('CI_REPOSITORY_URL', repository.href),
  ];
}

/** Where a pipeline is looked at. */
export function pipelineUrl(url: string, projectPath: string, id: number): string {
  return `${url}/${projectPath}/-/pipelines/${id}`;
}

/** A variable that may be printed and is not expanded again. */
export function variable(key: string, value: string): JobVariable {
  return { key, value, public: true, masked: false, file: false, raw: true };
}

export function secret(key: string, value: string): JobVariable {
  return { key, value, public: false, masked: true, file: false, raw: true };
}
