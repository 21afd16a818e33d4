import { request } from 'node:http';

/** When a model server counts as hung. */
export interface HealthRules {
  /** No answer for so long is a miss. Shorter counts one that a large picture keeps busy, longer finds a hang late. */
  answerMs: number;
  /** Pause after a check that went well: requests find out a hang this much later than it is there. */
  pauseMs: number;
  /** Pause after one that did not. */
  pauseAfterMissMs: number;
  /** Misses in a row after which it is ended: with one, a moment's stall of the machine would end every server. */
  misses: number;
  /** One that was not ready after this is ended too. Shorter would end those that load at once when a machine boots. */
  startMs: number;
}

/** A hang is found within 10 s (new requests get 503 from then on), and ended 12 s later. */
export const healthRules: HealthRules = {
  answerMs: 5000,
  pauseMs: 5000,
  pauseAfterMissMs: 1000,
  misses: 3,
  startMs: 300_000,
};

/** Asks the readiness URL of Open Inference Protocol v2; null where nothing answered within `answerMs`. */
export function askReady(socketPath: string, answerMs: number): Promise<boolean | null> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(answerMs);
    const ask = request({ socketPath, path: '/v2/health/ready', signal, agent: false }, (response) => {
      response.on('error', () => undefined).resume();
      resolve(response.statusCode === 200);
    });
    ask.on('error', () => resolve(null));
    ask.end();
  });
}
