import type { CiConfig, CiJob, CiNeed } from './config.ts';
import type { Notes } from './notes.ts';
import { combinationName, spreadJob } from './parallel.ts';

const LIMIT_NAME = 255;
const LIMIT_JOBS = 500;

/** Checks what concerns several jobs: stages, names after `parallel`, needs, cycles, dependencies. */
export function checkGraph(config: CiConfig, notes: Notes): void {
  const byName = indexJobs(config, notes);
  const namesOf = namesByJob();
  const stageOf = new Map(config.stages.map((stage, index) => [stage, index]));
  for (const job of config.jobs) {
    if (!stageOf.has(job.stage))
      notes.error('pipelines.stage_unknown', job.stageAt, {
        job: job.name,
        stage: job.stage,
        stages: config.stages.join(', '),
      });
    for (const needs of [job.needs, ...(job.rules ?? []).map((rule) => rule.needs)])
      if (needs !== null) checkNeeds(job, needs, { byName, namesOf, stageOf }, notes);
    checkDependencies(job, byName, stageOf, notes);
    const stop = job.environment?.onStop;
    if (stop && !byName.has(stop))
      notes.error('pipelines.on_stop_unknown', job.at, { job: job.name, name: stop });
  }
  const cycle = findCycle(
    new Map(
      config.jobs.map((job) => [job.name, (job.needs ?? []).map((need) => byName.get(need.job)?.name ?? '')]),
    ),
  );
  const first = config.jobs.find((job) => job.name === cycle?.[0]);
  if (cycle !== null && first !== undefined) {
    const next = first.needs?.find((need) => byName.get(need.job)?.name === cycle[1]);
    notes.error('pipelines.needs_cycle', next?.at ?? first.at, { chain: cycle.join(' → ') });
  }
}

/** Every name by which a need may call a job: that of the entry, and those after `parallel`. */
function indexJobs(config: CiConfig, notes: Notes): Map<string, CiJob> {
  const byName = new Map<string, CiJob>(config.jobs.map((job) => [job.name, job]));
  let total = 0;
  for (const job of config.jobs) {
    const spread = spreadJob(job);
    total += spread.length;
    if (total > LIMIT_JOBS) {
      notes.error('pipelines.too_many_jobs', job.at, { limit: LIMIT_JOBS });
      return byName;
    }
    for (const { name } of spread) {
      if (name.length > LIMIT_NAME)
        notes.error('pipelines.name_long', job.at, { name: `${name.slice(0, 40)}…`, limit: LIMIT_NAME });
      if (!byName.has(name)) byName.set(name, job);
      else if (name !== job.name) notes.error('pipelines.name_twice', job.at, { name });
    }
  }
  return byName;
}

/** The names of an entry's jobs; made once for each, since hundreds of thousands of needs may name the same. */
function namesByJob(): (job: CiJob) => ReadonlySet<string> {
  const made = new Map<CiJob, ReadonlySet<string>>();
  return (job) => {
    const names = made.get(job) ?? new Set(spreadJob(job).map(({ name }) => name));
    made.set(job, names);
    return names;
  };
}

interface Jobs {
  byName: ReadonlyMap<string, CiJob>;
  namesOf(job: CiJob): ReadonlySet<string>;
  stageOf: ReadonlyMap<string, number>;
}

function checkNeeds(
  job: CiJob,
  needs: readonly CiNeed[],
  { byName, namesOf, stageOf }: Jobs,
  notes: Notes,
): void {
  const seen = new Set<string>();
  for (const need of needs) {
    const target = byName.get(need.job);
    const key = `${need.job} ${(need.matrix ?? []).map((combination) => combinationName('', combination)).join()}`;
    if (seen.has(key)) notes.error('pipelines.need_twice', need.at, { job: job.name, need: need.job });
    seen.add(key);
    if (target === undefined) {
      if (!need.optional) notes.error('pipelines.need_unknown', need.at, { job: job.name, need: need.job });
      continue;
    }
    if ((stageOf.get(target.stage) ?? 0) > (stageOf.get(job.stage) ?? 0))
      notes.error('pipelines.need_later', need.at, { job: job.name, need: need.job });
    for (const combination of need.matrix ?? []) {
      const name = combinationName(need.job, combination);
      if (!namesOf(target).has(name) && !need.optional)
        notes.error('pipelines.need_unknown', need.at, { job: job.name, need: name });
    }
  }
}

function checkDependencies(
  job: CiJob,
  byName: ReadonlyMap<string, CiJob>,
  stageOf: ReadonlyMap<string, number>,
  notes: Notes,
): void {
  for (const dependency of job.dependencies ?? []) {
    const target = byName.get(dependency.job);
    const values = { job: job.name, dependency: dependency.job };
    if (target === undefined) notes.error('pipelines.dependency_unknown', dependency.at, values);
    else if (job.needs !== null) {
      if (!job.needs.some((need) => need.job === dependency.job))
        notes.error('pipelines.dependency_not_needed', dependency.at, values);
    } else if ((stageOf.get(target.stage) ?? 0) >= (stageOf.get(job.stage) ?? 0))
      notes.error('pipelines.dependency_later', dependency.at, values);
  }
}

/** The first cycle as a closed path (`a`, `b`, `a`), or null. Iterative: a chain may be as long as there are jobs. */
export function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const state = new Map<string, 'open' | 'done'>();
  for (const start of edges.keys()) {
    if (state.has(start)) continue;
    const path: { name: string; next: number }[] = [{ name: start, next: 0 }];
    state.set(start, 'open');
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = (edges.get(top.name) ?? [])[top.next];
      top.next += 1;
      if (target === undefined) {
        state.set(top.name, 'done');
        path.pop();
      } else if (state.get(target) === 'open') {
        const names = path.map((step) => step.name);
        return [...names.slice(names.indexOf(target)), target];
      } else if (!state.has(target) && edges.has(target)) {
        state.set(target, 'open');
        path.push({ name: target, next: 0 });
      }
    }
  }
  return null;
}
