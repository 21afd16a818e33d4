import * as z from 'zod';

// GitLab's job payload (gitlab-runner common/spec/spec.go). Absent and null fields are zero values there; so here.

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

function list<T extends z.ZodType>(each: T) {
  return z
    .array(each)
    .nullish()
    .transform((value) => value ?? []);
}

const variable = z.object({ key: z.string(), value: text, masked: flag, file: flag, raw: flag });

const step = z.object({
  name: z.string(),
  script: texts,
  /** Seconds; 0 leaves the job's own limit. */
  timeout: count,
});

const artifact = z.object({
  name: text,
  untracked: flag,
  paths: texts,
  exclude: texts,
  when: text,
  expire_in: text,
  artifact_type: text,
  artifact_format: text,
});

const cache = z.object({
  key: text,
  untracked: flag,
  policy: text,
  paths: texts,
  when: text,
  fallback_keys: texts,
});

const dependency = z.object({
  id: z.number(),
  token: z.string(),
  name: text,
  artifacts_file: z.object({ filename: text, size: count }).nullish(),
});

export const jobPayload = z.object({
  id: z.number(),
  token: z.string().min(1),
  job_info: z.object({ name: text, stage: text, project_id: count, project_name: text }),
  git_info: z.object({
    repo_url: z.string(),
    ref: text,
    sha: text,
    ref_type: text,
    depth: count,
    refspecs: texts,
  }),
  runner_info: z.object({ timeout: count }).nullish(),
  variables: list(variable),
  steps: list(step),
  artifacts: list(artifact),
  cache: list(cache),
  credentials: list(z.object({ username: text, password: text })),
  dependencies: list(dependency),
  features: z.object({ failure_reasons: texts }).nullish(),
});

export type JobPayload = z.output<typeof jobPayload>;
export type JobVariable = JobPayload['variables'][number];
export type JobArtifact = JobPayload['artifacts'][number];
export type JobCache = JobPayload['cache'][number];

/** The job's limit in milliseconds; GitLab takes two hours where the server names none. */
export function jobTimeoutMs(job: JobPayload): number {
  const seconds = job.runner_info?.timeout ?? 0;
  return (seconds > 0 ? seconds : 7200) * 1000;
}
