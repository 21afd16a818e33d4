import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { RoutesFile } from '../api/contract/gateway.ts';
import { ingestPath } from '../api/contract/monitoring.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { createOutbound } from '../shared/outbound.ts';
import { pictureFile, recordFile } from './segment-file.ts';
import type { Spool } from './spool.ts';

/** How often the spool is asked for a segment: the delay of drift and feedback while all is well. */
const pollMs = 250;
/** Longest pause after failures: the control plane's first second up again costs at most this. */
const longestPauseMs = 10_000;
/**
 * Answers about what is in the segment: sent again it would be refused again. All others are about the moment, the
 * token or the program that answers, and end without the segment.
 */
const refusals = new Set([400, 413, 415, 422]);

/** What became of a segment that was sent. */
export type Shipment =
  | { outcome: 'taken' }
  | { outcome: 'refused'; problem: string }
  | { outcome: 'away'; problem: string };

/**
 * Carries closed segments to the control plane, oldest first, until the signal is aborted. A segment is removed after
 * the control plane has acknowledged it; sent twice it changes nothing there (records are known by their ids). One
 * that it refuses for what it holds is set aside, so that those behind it go on.
 */
export async function shipSegments(
  folder: string,
  spool: Spool,
  target: () => RoutesFile['ship'],
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const ship = target();
    // A disk that fails must not end the gateway, which endpoints live in: the segment is tried again.
    const segment = ship === null ? null : await spool.nextToShip().catch(report(log));
    if (ship !== null && segment !== null) {
      const sent = await sendSegment(folder, segment, ship, signal);
      if (sent.outcome !== 'away') {
        if (sent.outcome === 'taken') await spool.shipped(segment).catch(report(log));
        else {
          log.error(
            { segment, problem: sent.problem },
            'the control plane refused a segment; it is set aside',
          );
          await spool.refused(segment).catch(report(log));
        }
        if (failures > 0) log.info({ segment }, 'the control plane takes predictions again');
        failures = 0;
        continue;
      }
      if (failures === 0 && !signal.aborted)
        log.warn({ segment, problem: sent.problem }, 'the control plane is away; spooling on');
      failures += 1;
    }
    await clock.sleep(failures === 0 ? pollMs : Math.min(longestPauseMs, pollMs * 2 ** failures), signal);
  }
}

function report(log: Log): (error: unknown) => null {
  return (error) => {
    log.error({ err: error }, 'the spool could not be synced or cleared');
    return null;
  };
}

/** Sends one segment. */
export async function sendSegment(
  folder: string,
  segment: string,
  ship: NonNullable<RoutesFile['ship']>,
  signal?: AbortSignal,
): Promise<Shipment> {
  const outbound = createOutbound({ allow: [ship.url], ca: ship.ca ?? null });
  try {
    const records = recordFile(folder, segment);
    const pictures = pictureFile(folder, segment);
    const recordBytes = (await stat(records)).size;
    const pictureBytes = await stat(pictures).then(
      ({ size }) => size,
      () => 0,
    );
    const header = `${JSON.stringify({ segment, recordBytes, pictureBytes })}\n`;
    const response = await outbound.request(ship.url + ingestPath, {
      method: 'POST',
      headers: { authorization: `Bearer ${ship.token}`, 'content-type': 'application/octet-stream' },
      body: Readable.from(
        joined(header, [
          [records, recordBytes],
          [pictures, pictureBytes],
        ]),
      ),
      ...(signal ? { signal } : {}),
    });
    if (response.status < 300) {
      await response.body.dump();
      return { outcome: 'taken' };
    }
    const problem = `HTTP ${response.status} ${(await response.body.text()).slice(0, 300)}`;
    return { outcome: refusals.has(response.status) ? 'refused' : 'away', problem };
  } catch (error) {
    return { outcome: 'away', problem: error instanceof Error ? error.message : String(error) };
  } finally {
    await outbound.close();
  }
}

async function* joined(header: string, files: [string, number][]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(header);
  for (const [file, size] of files) if (size > 0) yield* createReadStream(file, { end: size - 1 });
}
