import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeOnnx } from '../../samples/visual-inspection/trainer/onnx-writer.ts';

export interface TinyModelOptions {
  labels?: readonly string[];
  /** Rows of the last layer; another number than the labels makes a model that does not fit. */
  outputs?: number;
  batch?: number | 'N';
  /** Changes the weights, so that the digest differs. */
  bias?: number;
  decision?: object;
}

/** Writes a model folder: 8×8 grey, bright pictures are `ok`, dark ones `defect`. Loads in a millisecond. */
export function writeTinyModel(dir: string, options: TinyModelOptions = {}): string {
  const labels = options.labels ?? ['defect', 'ok'];
  const outputs = options.outputs ?? labels.length;
  const weights = new Float32Array(64 * outputs);
  for (let row = 0; row < 64; row += 1)
    for (let column = 0; column < outputs; column += 1)
      weights[row * outputs + column] = (column === 0 ? -4 : 4 * column) / 64;
  const bias = new Float32Array(outputs);
  bias[0] = options.bias ?? 0;
  const batch = options.batch ?? 1;
  const model = writeOnnx({
    name: 'tiny',
    nodes: [
      { op: 'Flatten', inputs: ['picture'], outputs: ['flat'], attributes: { axis: 1 } },
      { op: 'Gemm', inputs: ['flat', 'weights', 'bias'], outputs: ['logits'] },
      { op: 'Softmax', inputs: ['logits'], outputs: ['scores'], attributes: { axis: 1 } },
    ],
    tensors: [
      { name: 'weights', dims: [64, outputs], values: weights },
      { name: 'bias', dims: [outputs], values: bias },
    ],
    input: { name: 'picture', dims: [batch, 1, 8, 8] },
    output: { name: 'scores', dims: [batch, outputs] },
  });
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'model.onnx'), model);
  writeFileSync(
    path.join(dir, 'model.json'),
    JSON.stringify({
      name: 'tiny',
      task: 'image-classification',
      input: {
        name: 'picture',
        shape: [1, 1, 8, 8],
        colour: 'grey',
        resize: 'stretch',
        normalise: 'fixed',
        mean: [0.5],
        std: [0.5],
      },
      output: { name: 'scores' },
      labels,
      ...(options.decision === undefined ? {} : { decision: options.decision }),
    }),
  );
  return dir;
}
