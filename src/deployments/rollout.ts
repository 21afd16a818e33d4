export type ReleaseState = 'starting' | 'healthy' | 'live' | 'draining' | 'retired' | 'failed' | 'gone';

/** A release as the roll-out sees it. */
export interface ReleaseFacts {
  id: string;
  state: ReleaseState;
  /** Which wish of the endpoint's it answers to; the largest is the newest. */
  wanted: number;
  /** When it came into its state, wall milliseconds. */
  since: number;
  liveAt: number | null;
}

/** What is true outside of the database at this moment. */
export interface Observed {
  /** What the target runs; null where it could not be asked. */
  running: ReadonlyMap<string, { healthy: boolean; restarts: number; lastExit: string | null }> | null;
  /** Whether the gateway uses the routes that the database holds. */
  routed: boolean;
}

export interface RolloutRules {
  now: number;
  /** Releases kept for a rollback, beside the live one. */
  keep: number;
  /** How long a release may take to become healthy. */
  healthMs: number;
  /** Ends of its own before a new release counts as broken. */
  attempts: number;
}

export type Step =
  /** Effects at the target; both may be repeated. */
  | { do: 'start'; id: string }
  | { do: 'stop'; id: string }
  /** Changes of rows, each one transaction. */
  | { do: 'mark-healthy'; id: string }
  | { do: 'switch'; id: string; from: string | null }
  | { do: 'retire'; id: string }
  | { do: 'fail'; id: string; reason: 'superseded' | 'not-healthy' | 'ends-by-itself'; detail: string }
  | { do: 'forget'; id: string };

/**
 * What to do next for one endpoint, from rows and observation alone. Called again after every step and after every
 * restart, so a process that dies between any two steps loses nothing: start new, wait for health, switch, drain old,
 * keep the last `keep`. A release never takes requests before it was seen healthy, and the old one is stopped only
 * after the gateway uses the new routes. Empty: nothing to do until something changes.
 */
export function nextSteps(
  releases: readonly ReleaseFacts[],
  observed: Observed,
  rules: RolloutRules,
): Step[] {
  const steps: Step[] = [];
  const live = releases.find(({ state }) => state === 'live');
  const coming = releases
    .filter(({ state }) => state === 'starting' || state === 'healthy')
    .sort((a, b) => b.wanted - a.wanted);
  const [newest, ...superseded] = coming;
  for (const { id } of superseded)
    steps.push({ do: 'fail', id, reason: 'superseded', detail: newest?.id ?? '' });
  if (newest) steps.push(...advance(newest, live, observed, rules));

  const { running } = observed;
  if (running !== null) {
    if (live && !running.has(live.id)) steps.push({ do: 'start', id: live.id });
    for (const { id, state } of releases) {
      if (state === 'draining' && observed.routed)
        steps.push(running.has(id) ? { do: 'stop', id } : { do: 'retire', id });
      if (state === 'retired' && running.has(id) && observed.routed) steps.push({ do: 'stop', id });
    }
  }
  const kept = releases
    .filter(({ state }) => state === 'retired')
    .sort((a, b) => (b.liveAt ?? 0) - (a.liveAt ?? 0) || b.wanted - a.wanted);
  for (const { id } of kept.slice(rules.keep)) steps.push({ do: 'forget', id });
  return steps;
}

function advance(
  release: ReleaseFacts,
  live: ReleaseFacts | undefined,
  { running }: Observed,
  rules: RolloutRules,
): Step[] {
  const { id } = release;
  const late = rules.now - release.since > rules.healthMs;
  const seen = running?.get(id);
  if (running === null || !seen) {
    if (late && release.state === 'starting')
      return [{ do: 'fail', id, reason: 'not-healthy', detail: `${rules.healthMs / 1000} s` }];
    return running === null ? [] : [{ do: 'start', id }];
  }
  if (seen.healthy)
    return release.state === 'starting'
      ? [{ do: 'mark-healthy', id }]
      : [{ do: 'switch', id, from: live?.id ?? null }];
  if (seen.restarts >= rules.attempts)
    return [{ do: 'fail', id, reason: 'ends-by-itself', detail: seen.lastExit ?? '' }];
  return late ? [{ do: 'fail', id, reason: 'not-healthy', detail: `${rules.healthMs / 1000} s` }] : [];
}
