import type { Readable } from 'node:stream';
import type { MonitoringView } from '../api/contract/monitoring.ts';
import type { Deployments } from '../deployments/deployments.ts';
import type { Endpoint } from '../deployments/endpoint-rows.ts';
import type { Audit } from '../identity/audit.ts';
import type { Project } from '../identity/projects.ts';
import type { Clock } from '../shared/clock.ts';
import { explain, SetoError } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import { requireKnownLabel } from '../shared/known-label.ts';
import type { Log } from '../shared/log.ts';
import { type Share, wilsonInterval } from '../shared/wilson-interval.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Store } from '../store/store.ts';
import { decideRetraining, type RetrainDecision, type RetrainFacts } from './decide-retraining.ts';
import type { DriftResult } from './drift.ts';
import { driftOf, windowPictures } from './drift-window.ts';
import { createFeedbackBook } from './feedback.ts';
import { ingestSegment } from './ingest.ts';
import { nextTime, parsePolicy, type RetrainPolicy } from './policy.ts';
import type { DataBook, ModelBook, PipelineStarter, ProjectFiles } from './ports.ts';
import { createPredictionRows } from './prediction-rows.ts';
import { forgetOld, type RetentionRules } from './retention.ts';
import { createRetrainingBook } from './retraining.ts';

export interface MonitoringDeps {
  store: Store;
  clock: Clock;
  log: Log;
  audit: Audit;
  objects: ObjectStore;
  deployments: Pick<Deployments, 'endpointNamed' | 'endpointById' | 'endpoints' | 'live' | 'release'>;
  project(id: number): Project | null;
  files: ProjectFiles;
  models: ModelBook;
  data: DataBook;
  pipelines: PipelineStarter;
  timeZone: string;
  retention: RetentionRules;
}

/** Labelled predictions that accuracy is taken over: the newest ones of the live model. */
const accuracyWindow = 200;
/** After predictions or feedback came, the policy is asked once this has passed without more. */
const settleMs = 300;
/** The policy is asked at least this often: schedules and cool-downs end by themselves. */
const tickMs = 15_000;
const retentionEveryMs = 10 * 60_000;
/** Pipelines in these states are still at work. */
const atWork = new Set([
  'created',
  'waiting_for_resource',
  'preparing',
  'pending',
  'running',
  'scheduled',
  'manual',
  'canceling',
]);

export interface FeedbackItem {
  predictionId?: string | undefined;
  reference?: string | undefined;
  label: string;
}

type PolicyState = { policy: RetrainPolicy | null; problem: SetoError | null };

export type Monitoring = ReturnType<typeof createMonitoring>;

/** Predictions, feedback, accuracy, drift, and the retraining that follows from them. */
export function createMonitoring(deps: MonitoringDeps) {
  const { store, clock, log, deployments } = deps;
  const predictions = createPredictionRows(store);
  const feedback = createFeedbackBook(store, predictions);
  const retrainings = createRetrainingBook({
    ...deps,
    predictions,
    ownerOf: (projectId) => deps.project(projectId)?.ownerId ?? null,
  });
  const releases = {
    release: (id: string) => deployments.release(id),
    endpointByName: (name: string) => deployments.endpointNamed(name),
  };

  const accuracyOf = (endpointId: number): Share | null => {
    const digest = deployments.live(endpointId)?.modelDigest;
    if (!digest) return null;
    const outcomes = predictions.outcomes(endpointId, digest, accuracyWindow);
    return wilsonInterval(outcomes.filter(Boolean).length, outcomes.length);
  };

  const driftNow = async (endpointId: number): Promise<DriftResult | null> => {
    const digest = deployments.live(endpointId)?.modelDigest;
    const manifest = digest ? await deps.models.manifest(digest) : null;
    if (!digest || manifest === null) return null;
    return driftOf(predictions.statistics(endpointId, digest, windowPictures), manifest);
  };

  /** The policy at the head of the default branch, where it names this endpoint. */
  const policyOf = async (endpoint: Endpoint): Promise<PolicyState> => {
    const project = deps.project(endpoint.projectId);
    if (project === null) return { policy: null, problem: null };
    try {
      const text = await deps.files.read(project.id, project.defaultBranch, '.seto.yaml');
      const policy = text === null ? null : parsePolicy(text);
      return { policy: policy?.endpoint === endpoint.name ? policy : null, problem: null };
    } catch (error) {
      if (error instanceof SetoError) return { policy: null, problem: error };
      throw error;
    }
  };

  const factsOf = async (
    endpoint: Endpoint,
    policy: RetrainPolicy,
  ): Promise<RetrainFacts & { full: DriftResult | null }> => {
    const live = deployments.live(endpoint.id);
    const newest = retrainings.newest(endpoint.id, 20);
    const last = newest.find(({ state }) => state !== 'failed');
    const status = last?.pipelineId == null ? null : deps.pipelines.status(last.pipelineId);
    const full = await driftNow(endpoint.id);
    const worst = full?.tests.toSorted((a, b) => b.ratio - a.ratio)[0];
    const since = Math.max(last?.createdAt ?? 0, live?.liveAt ?? 0);
    const { schedule } = policy.when;
    return {
      now: clock.now(),
      accuracy: accuracyOf(endpoint.id),
      drift: full === null ? null : { drift: full.drift, n: full.n, worst: worst?.name ?? '' },
      newLabels: predictions.newLabels(endpoint.id),
      scheduledAt: schedule === undefined ? null : nextTime(schedule, since, deps.timeZone),
      lastStartedAt: last?.createdAt ?? null,
      lastFailedAt: newest[0]?.state === 'failed' ? newest[0].createdAt : null,
      running: last !== undefined && (last.state !== 'started' || (status !== null && atWork.has(status))),
      live: live !== null,
      full,
    };
  };

  const judge = async (endpoint: Endpoint): Promise<RetrainDecision | null> => {
    const { policy } = await policyOf(endpoint);
    const project = deps.project(endpoint.projectId);
    if (policy === null || project === null) return null;
    const decision = decideRetraining(policy, await factsOf(endpoint, policy));
    if (decision.start) {
      log.info({ endpoint: endpoint.name, ...decision }, 'retraining starts');
      retrainings.plan({
        endpointId: endpoint.id,
        projectId: project.id,
        data: policy.data,
        ref: project.defaultBranch,
        reason: `${decision.reason} ${JSON.stringify(decision.values)}`,
      });
    }
    return decision;
  };

  /** Asks every policy once and finishes every intent. */
  const evaluate = async (): Promise<void> => {
    for (const endpoint of deployments.endpoints())
      await judge(endpoint).catch((error: unknown) =>
        log.error({ err: error, endpoint: endpoint.name }, 'a retraining policy could not be judged'),
      );
    await retrainings.advance();
  };

  let wake: () => void = () => undefined;
  const stopping = new AbortController();
  let loop: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    let retainedAt = Number.NEGATIVE_INFINITY;
    while (!stopping.signal.aborted) {
      const alarm = new AbortController();
      wake = () => alarm.abort();
      stopping.signal.addEventListener('abort', wake, { once: true });
      try {
        await evaluate();
        if (clock.monotonic() - retainedAt > retentionEveryMs) {
          retainedAt = clock.monotonic();
          await forgetOld(store, deps.objects, clock, deps.retention);
        }
      } catch (error) {
        log.error({ err: error }, 'monitoring failed; it tries again');
      }
      await clock.sleep(tickMs, alarm.signal);
      stopping.signal.removeEventListener('abort', wake);
      await clock.sleep(settleMs, stopping.signal);
    }
  };

  return {
    /** Takes a segment of the gateway's spool. */
    ingest: async (body: Readable): Promise<{ predictions: number; feedback: number }> => {
      const { predictions: made, feedback: given } = await ingestSegment(
        { store, objects: deps.objects, clock, log, predictions, feedback, releases },
        body,
      );
      wake();
      return { predictions: made, feedback: given };
    },
    /**
     * Durable when it returns. Items whose prediction is not here yet wait for it. A label that the live model does
     * not know refuses all of them.
     */
    giveFeedback: (
      endpointId: number,
      items: readonly FeedbackItem[],
      actor: string,
    ): { matched: number; waiting: number } => {
      const digest = deployments.live(endpointId)?.modelDigest;
      const known = digest ? deps.models.labels(digest) : null;
      for (const { label } of items) requireKnownLabel(label, known);
      const matched = store.transaction(() => {
        const at = clock.now();
        deps.audit(actor, 'feedback.give', `endpoint:${endpointId}`, { items: items.length });
        return items.filter(({ predictionId, reference, label }) =>
          feedback.add({
            id: newId('feedback'),
            endpointId,
            predictionId: predictionId ?? null,
            reference: reference ?? null,
            label,
            by: actor,
            at,
          }),
        ).length;
      });
      wake();
      return { matched, waiting: items.length - matched };
    },
    show: async (endpoint: Endpoint, lang: 'en' | 'ja'): Promise<MonitoringView> => {
      const { policy, problem } = await policyOf(endpoint);
      const counts = predictions.counts(endpoint.id, clock.now() - 86_400_000);
      const facts = policy === null ? null : await factsOf(endpoint, policy);
      const decision = policy === null || facts === null ? null : decideRetraining(policy, facts);
      return {
        endpoint: endpoint.name,
        releaseId: deployments.live(endpoint.id)?.id ?? null,
        predictions: { total: counts.total, lastDay: counts.lastDay, unsure: counts.unsure },
        accuracy: accuracyOf(endpoint.id),
        feedback: {
          total: feedback.total(endpoint.id),
          sinceRetraining: predictions.newLabels(endpoint.id),
          waiting: feedback.waiting(endpoint.id),
        },
        drift: facts === null ? await driftNow(endpoint.id) : facts.full,
        policy:
          policy === null || decision === null
            ? null
            : {
                data: policy.data,
                when: policy.when,
                coolDownMs: policy.coolDownMs,
                decision: { ...decision, values: { ...decision.values } },
              },
        policyProblem: problem === null ? null : explain(problem.code, problem.values, lang).message,
        retrainings: retrainings
          .newest(endpoint.id, 10)
          .map(({ id, reason, state, snapshotId, pipelineId, createdAt }) => ({
            id,
            reason,
            state,
            snapshotId,
            pipelineId,
            createdAt,
          })),
      };
    },
    newest: (endpointId: number, limit: number) => predictions.newest(endpointId, limit),
    /** Retrainings that policies plan between two moments, at most a thousand of each endpoint. */
    planned: async (from: number, to: number): Promise<{ projectId: number; at: number }[]> => {
      const found: { projectId: number; at: number }[] = [];
      for (const endpoint of deployments.endpoints()) {
        const schedule = (await policyOf(endpoint)).policy?.when.schedule;
        if (schedule === undefined) continue;
        let at = nextTime(schedule, from, deps.timeZone);
        for (let count = 0; at !== null && at < to && count < 1000; count += 1) {
          found.push({ projectId: endpoint.projectId, at });
          at = nextTime(schedule, at, deps.timeZone);
        }
      }
      return found;
    },
    /** For tests that turn the clock by hand. */
    evaluate,
    start: (): void => {
      loop ??= run();
    },
    close: async (): Promise<void> => {
      stopping.abort();
      wake();
      await loop;
    },
  };
}
