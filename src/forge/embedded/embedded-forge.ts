import { mkdirSync } from 'node:fs';
import type { JobPrincipal, Principal, TokenSource } from '../../identity/principal.ts';
import type { Project } from '../../identity/projects.ts';
import { fault, missing } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { Lang } from '../../shared/text/format.ts';
import type { Admission, Forge } from '../forge.ts';
import { noCosts, type PastRun, type PipelineCosts } from '../pipeline-costs.ts';
import { type Artifacts, createArtifacts } from './artifacts.ts';
import { createChanges } from './changes.ts';
import { type Reserve, requireRoom } from './disk-room.ts';
import type { ForgeContext } from './forge-context.ts';
import { createRepositories, noCommit } from './git/repositories.ts';
import type { PushHooks } from './git/serve-git.ts';
import { waitingJobs, writeNote } from './hand-out.ts';
import { createIdTokens, type IdTokens } from './id-tokens.ts';
import { createJobActions, type JobActions } from './job-actions.ts';
import { jobPayload, secretsOf } from './job-payload.ts';
import { type JobRow, jobById, pastRuns } from './job-rows.ts';
import { jobPrincipal, jobTokens } from './job-tokens.ts';
import { createLiveness } from './liveness.ts';
import { pipelineById, pipelineView } from './pipeline-rows.ts';
import type { JobVariable } from './predefined-variables.ts';
import { createPushService } from './push-service.ts';
import { type PatchTraceReply, patchTrace } from './runner-protocol/patch-trace.ts';
import { type RequestJobBody, type RequestJobReply, requestJob } from './runner-protocol/request-job.ts';
import { type UpdateJobBody, type UpdateJobReply, updateJob } from './runner-protocol/update-job.ts';
import { createRunners, type Runners } from './runners.ts';
import { finishUnpublished, startRun } from './start-pipeline.ts';
import { createSweep, type Sweep } from './sweep.ts';
import { createTraceFiles } from './traces/trace-files.ts';
import { createVariables, type Variables } from './variables.ts';

/** The forge in this process: git, pipelines, runner protocol, traces. */
export interface EmbeddedForge extends Forge {
  readonly context: ForgeContext;
  readonly runners: Runners;
  readonly variables: Variables;
  readonly artifacts: Artifacts;
  readonly actions: JobActions;
  readonly idTokens: IdTokens;
  readonly sweep: Sweep;
  /** Tokens of running attempts and of runners; identity asks them. */
  readonly tokens: readonly TokenSource[];
  /** Throws `core.no_space` where the disk is down to its reserve. */
  requireRoom(): Promise<void>;
  createRepository(path: string, defaultBranch: string): Promise<void>;
  /** A file of a project at a branch, tag or commit; null where there is none (1 MB at most). */
  readFile(projectId: number, ref: string, path: string): Promise<string | null>;
  pushHooks(project: Project, principal: Principal, lang: Lang): PushHooks;
  openJobSession(idToken: string): Promise<{ token: string; job: JobPrincipal } | null>;
  requestJob(runnerId: number, body: RequestJobBody, signal: AbortSignal): Promise<RequestJobReply>;
  updateJob(job: JobRow, body: UpdateJobBody): Promise<UpdateJobReply>;
  patchTrace(
    job: JobRow,
    contentRange: string | undefined,
    body: Parameters<typeof patchTrace>[4],
  ): Promise<PatchTraceReply>;
  /** Somebody reads this log now: its runner then sends more often. The result ends that. */
  watch(jobId: number): () => void;
  /** Pools fulfil it; without pools every runner gets what fits it. */
  setAdmission(admission: Admission): void;
  /** Pools and ledger fulfil it; without them nothing costs. */
  setCosts(costs: PipelineCosts): void;
  /** The newest successful runs of jobs of that name on nodes of ours. */
  pastRuns(projectId: number, name: string, limit: number): PastRun[];
  /** Calls back after each committed change of jobs, so that pools need not wait for their next look. */
  onChange(listener: () => void): () => void;
  /** Finishes what a crash left, then looks after time until aborted. */
  start(signal: AbortSignal): Promise<void>;
  close(): void;
}

export type ForgeDeps = { reserve?: Reserve } & Omit<
  ForgeContext,
  'repositories' | 'traces' | 'changes' | 'logBell' | 'admission' | 'costs'
> & {
    /** DATA/git and DATA/traces. */
    gitDir: string;
    tracesDir: string;
  };

const open: Admission = { admit: () => 'go', released: () => undefined };

export function createEmbeddedForge({ gitDir, tracesDir, reserve, ...deps }: ForgeDeps): EmbeddedForge {
  let admission = open;
  let costs = noCosts;
  mkdirSync(gitDir, { recursive: true });
  const room = () => requireRoom(gitDir, reserve);
  const listeners = new Set<() => void>();
  const logBell = createChanges();
  const ctx: ForgeContext = {
    ...deps,
    repositories: createRepositories(gitDir),
    traces: createTraceFiles(tracesDir),
    logBell,
    changes: createChanges(() => {
      logBell.ring();
      for (const each of listeners) each();
    }),
    admission: () => admission,
    costs: () => costs,
  };
  const { store, repositories, identity, changes } = ctx;
  const variables = createVariables(ctx);
  const artifacts = createArtifacts(ctx);
  const idTokens = createIdTokens(ctx);
  const runners = createRunners(ctx);
  const actions = createJobActions(ctx);
  const liveness = createLiveness(ctx);
  const sweep = createSweep(ctx, liveness, artifacts);
  const pushes = createPushService(ctx, variables);
  const startId = newId('start');
  const secrets = new Map<number, readonly string[]>();
  const watchers = new Map<number, number>();
  const resent = new Set<number>();

  const payload = async (job: JobRow, token: string): Promise<object> => {
    const pipeline = pipelineById(store, job.pipeline_id);
    if (!pipeline) throw new Error(`job ${job.id} has no pipeline`);
    const made = await jobPayload(ctx, { variables, artifacts, idTokens }, job, pipeline, token);
    if (secrets.size > 1000) secrets.clear();
    secrets.set(job.id, secretsOf((made as { variables: JobVariable[] }).variables));
    return made;
  };
  /** After a restart the attempt's own tokens are unknown here; the project's secrets are masked still. */
  const secretsFor = (job: JobRow): readonly string[] => {
    const known = secrets.get(job.id) ?? secretsOf(variables.forRef(job.project_id, true));
    secrets.set(job.id, known);
    return known;
  };

  return {
    context: ctx,
    runners,
    variables,
    artifacts,
    actions,
    idTokens,
    sweep,
    tokens: [jobTokens(store), runners],
    requireRoom: room,
    createRepository: (path, defaultBranch) =>
      repositories.create(path, defaultBranch).catch(async (error: unknown) => {
        // git says in words of its own that the disk is full.
        await room();
        throw error;
      }),
    readFile: async (projectId, ref, path) => {
      const project = identity.project(projectId);
      const commit = project ? await resolve(project, ref) : null;
      if (!project || commit === null) return null;
      return (await repositories.read(project.path, commit.sha, path))?.toString() ?? null;
    },
    pushHooks: pushes.hooks,
    openJobSession: async (idToken) => {
      const session = await idTokens.openSession(idToken);
      const row = session ? jobById(store, session.jobId) : undefined;
      const job = row ? jobPrincipal(store, row) : null;
      return session && job ? { token: session.token, job } : null;
    },
    requestJob: async (runnerId, body, signal) => {
      await room();
      return requestJob(ctx, { runners, startId, payload, heard: liveness.heard }, runnerId, body, signal);
    },
    updateJob: (job, body) => updateJob(ctx, { heard: liveness.heard, resent }, job, body),
    patchTrace: (job, contentRange, body) =>
      patchTrace(
        ctx,
        { heard: liveness.heard, secrets: secretsFor, watched: (id) => watchers.has(id) },
        job,
        contentRange,
        body,
      ),
    watch: (jobId) => {
      watchers.set(jobId, (watchers.get(jobId) ?? 0) + 1);
      return () => {
        const left = (watchers.get(jobId) ?? 1) - 1;
        if (left <= 0) watchers.delete(jobId);
        else watchers.set(jobId, left);
      };
    },
    setAdmission: (given) => {
      admission = given;
    },
    setCosts: (given) => {
      costs = given;
    },
    pastRuns: (projectId, name, limit) => pastRuns(store, projectId, name, limit),
    start: async (signal) => {
      await pushes.catchUp();
      await finishUnpublished(ctx);
      void sweep.run(signal);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      changes.close();
      logBell.close();
    },

    waitingJobs: () => waitingJobs(ctx),
    startPipeline: async (request) => {
      const project = identity.project(request.projectId);
      if (!project) throw missing('project', request.projectId);
      const commit = await resolve(project, request.ref);
      if (commit === null || commit.refType === null) throw missing('ref', request.ref);
      const started = await startRun(ctx, variables, {
        project,
        ref: request.ref,
        refType: commit.refType,
        sha: commit.sha,
        beforeSha: noCommit,
        source: request.source,
        userId: request.userId,
        variables: request.variables,
        idempotencyKey: request.idempotencyKey ?? null,
      });
      if (started.plan !== null) return { pipelineId: started.pipelineId };
      if (started.pipelineId !== null) return { pipelineId: started.pipelineId };
      throw started.code === null
        ? fault('forge.no_ci_file', { ref: request.ref })
        : fault('forge.no_pipeline', { ref: request.ref });
    },
    cancelJob: (jobId, actor, reason) => actions.cancelJob(jobId, actor, reason),
    verifyJobToken: async (idToken) => {
      const row = await idTokens.verify(idToken);
      return row ? jobPrincipal(store, row) : null;
    },
    registerRunner: (runner) => runners.forNode(runner),
    removeRunner: (nodeId) => runners.removeNode(nodeId),
    readPipeline: (id) => {
      const row = pipelineById(store, id);
      return row ? pipelineView(store, row) : null;
    },
    setJobNote: (jobId, reason) => {
      writeNote(ctx, jobId, reason === null ? null : JSON.stringify(reason));
      // A node that is there may take it now, which the budget may have forbidden when it asked: it asks again.
      if (reason === null) ctx.store.afterCommit(ctx.changes.ring);
    },
  };

  async function resolve(
    project: Project,
    ref: string,
  ): Promise<{ sha: string; refType: 'branch' | 'tag' | null } | null> {
    if (!isRefName(ref)) return null;
    const branch = await repositories.commitOf(project.path, `refs/heads/${ref}`);
    if (branch) return { sha: branch, refType: 'branch' };
    const tag = await repositories.commitOf(project.path, `refs/tags/${ref}`);
    if (tag) return { sha: tag, refType: 'tag' };
    const sha = /^[0-9a-f]{40}$/.test(ref) ? await repositories.commitOf(project.path, ref) : null;
    return sha ? { sha, refType: null } : null;
  }
}

/** git-check-ref-format(1) in short: what would make a revision expression (`main~1`) of a name is none. */
function isRefName(ref: string): boolean {
  return !/[\p{Cc} ~^:?*[\\]|\.\.|@\{|^[-/]|\/$|\.lock$/u.test(ref);
}
