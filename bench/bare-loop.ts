import { readFileSync } from 'node:fs';
import { preparePicture } from '../src/serving/load-pictures.ts';
import { openModel } from '../src/serving/session.ts';
import { loadOf } from './load.ts';

/** What a request of each kind makes a model server do, without HTTP. */
export type Kind = 'picture' | 'tensor' | 'json';

export interface LoopOrder {
  kind: Kind;
  clients: number;
  ms: number;
  /** Bodies as they would come in: pictures, raw tensors, v2 JSON. */
  files: string[];
}

/** Child process: `bare-loop.ts MODEL`; answers each order with the load it reached. */
if (import.meta.main) {
  const model = await openModel(process.argv[2] ?? 'model');
  const works: Record<Kind, (body: Buffer) => Promise<unknown>> = {
    picture: async (body) => model.predict((await preparePicture(body, model.manifest.input)).tensor),
    tensor: (body) => {
      const copy = new Uint8Array(body);
      return model.predict(new Float32Array(copy.buffer));
    },
    json: (body) => {
      const { inputs } = JSON.parse(body.toString()) as { inputs: [{ data: number[] }] };
      return model.predict(Float32Array.from(inputs[0].data));
    },
  };
  process.on('message', (order: LoopOrder) => {
    const bodies = order.files.map((file) => readFileSync(file));
    loadOf(order.clients, order.ms, async (turn) => {
      const body = bodies[turn % bodies.length];
      if (body) await works[order.kind](body);
    }).then(
      (load) => process.send?.(load),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.send?.('ready');
}
