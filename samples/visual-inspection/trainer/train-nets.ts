import { Worker } from 'node:worker_threads';
import type { Examples, NetOrder, TrainedNet } from './train-net.ts';

/**
 * Trains several nets on `threads` threads. Each net is trained by one thread alone, so neither their number nor their
 * speed changes the result; the answers come in the order of the orders.
 */
export async function trainNets(
  orders: readonly NetOrder[],
  examples: Examples,
  threads: number,
  done: (finished: number) => void,
): Promise<TrainedNet[]> {
  const results: TrainedNet[] = [];
  let next = 0;
  let finished = 0;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./train-worker.ts', import.meta.url), { workerData: examples });
      const hand = () => {
        const at = next;
        next += 1;
        const order = orders[at];
        if (order === undefined) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage({ at, order });
      };
      worker.on('error', reject);
      worker.on('message', ({ at, trained }: { at: number; trained: TrainedNet }) => {
        results[at] = trained;
        finished += 1;
        done(finished);
        hand();
      });
      hand();
    });
  await Promise.all(Array.from({ length: Math.min(threads, orders.length) }, work));
  return results;
}
