import { parentPort, workerData } from 'node:worker_threads';
import { type Examples, type NetOrder, trainNet } from './train-net.ts';

// One thread of the trainer: takes an order, answers with the finished net.
const examples = workerData as Examples;
parentPort?.on('message', ({ at, order }: { at: number; order: NetOrder }) => {
  parentPort?.postMessage({ at, trained: trainNet(order, examples) });
});
