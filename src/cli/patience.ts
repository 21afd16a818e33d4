import { systemClock } from '../shared/clock.ts';
import { SetoError } from '../shared/errors.ts';

/**
 * How long a command inside a job waits for a platform that is away. A runner works on for as long without it:
 * shorter, and a restart fails jobs; longer, and a job of a platform that is gone holds a
 * billed node.
 */
const patienceMs = 120_000;
const pauseMs = { first: 250, longest: 5000 };

/** Nouns whose verbs may be repeated: asked twice, the platform ends in the same state as asked once. */
const repeatable = ['data', 'model', 'image', 'deploy'];

/** Codes of connections that were refused or broke off, of Node and of undici. */
const broken = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR_(SOCKET|CONNECT_TIMEOUT|CLOSED|ABORTED))$/;

/** Whether nothing answered, or the answer broke off. */
export function isAway(error: unknown): boolean {
  if (error instanceof SetoError) return error.code === 'core.unreachable';
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && broken.test(code)) || isAway(error.cause);
}

/**
 * Runs a command of a job again when the platform went away under it, with growing pauses, for at most two minutes.
 * Outside of jobs, and for commands that must not be repeated, it runs once: a person sees the error and decides.
 */
export async function withPatience<T>(
  noun: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  command: () => Promise<T>,
  waits: (error: unknown) => void,
): Promise<T> {
  const patient = Boolean(env['CI_JOB_ID']) && noun !== undefined && repeatable.includes(noun);
  const until = systemClock.monotonic() + patienceMs;
  for (let attempt = 0; ; attempt += 1)
    try {
      return await command();
    } catch (error) {
      if (!patient || !isAway(error) || systemClock.monotonic() >= until) throw error;
      if (attempt === 0) waits(error);
      await systemClock.sleep(Math.min(pauseMs.longest, pauseMs.first * 2 ** attempt));
    }
}
