import type { FinishedNet, NetShape } from './net.ts';
import { type OnnxNode, type OnnxTensor, writeOnnx } from './onnx-writer.ts';

/**
 * Several nets as one graph: the picture in four mirrored views goes through every net; logits are averaged, then
 * turned into scores. Takes any number of pictures at once.
 */
export function exportModel(name: string, shape: NetShape, nets: readonly FinishedNet[]): Uint8Array {
  const nodes: OnnxNode[] = [];
  const tensors: OnnxTensor[] = [];
  const add = (
    op: string,
    inputs: string[],
    output: string,
    attributes?: Record<string, number | number[]>,
  ): string => {
    nodes.push({ op, inputs, outputs: [output], ...(attributes === undefined ? {} : { attributes }) });
    return output;
  };
  const floats = (key: string, dims: number[], values: Float32Array): string => {
    tensors.push({ name: key, dims, values });
    return key;
  };
  const integers = (key: string, values: number[]): string => {
    tensors.push({ name: key, dims: [values.length], values: values.map(BigInt) });
    return key;
  };
  const back = [integers('last', [-1]), integers('beyond', [-(2 ** 31)])];
  const step = integers('backwards', [-1]);
  const flipX = add('Slice', ['picture', ...back, integers('axisX', [3]), step], 'flippedX');
  const flipY = add('Slice', ['picture', ...back, integers('axisY', [2]), step], 'flippedY');
  const flipBoth = add('Slice', [flipX, ...back, 'axisY', step], 'flippedBoth');
  const views = add('Concat', ['picture', flipX, flipY, flipBoth], 'views', { axis: 0 });
  const logits = nets.map(({ convolutions, dense }, n) => {
    let values = views;
    convolutions.forEach(({ weight, bias, filters, channels, kernel, stride, pool }, c) => {
      const id = `net${n}.layer${c}`;
      const edge = (kernel - 1) / 2;
      const inputs = [
        values,
        floats(`${id}.weight`, [filters, channels, kernel, kernel], weight),
        floats(`${id}.bias`, [filters], bias),
      ];
      values = add('Conv', inputs, `${id}.convolved`, {
        kernel_shape: [kernel, kernel],
        pads: [edge, edge, edge, edge],
        strides: [stride, stride],
      });
      values = add('Relu', [values], `${id}.active`);
      if (pool) values = add('MaxPool', [values], `${id}.pooled`, { kernel_shape: [2, 2], strides: [2, 2] });
    });
    const largest = add('GlobalMaxPool', [values], `net${n}.largest`);
    const mean = add('GlobalAveragePool', [values], `net${n}.mean`);
    const joined = add('Concat', [largest, mean], `net${n}.joined`, { axis: 1 });
    const flat = add('Flatten', [joined], `net${n}.features`, { axis: 1 });
    const weight = floats(`net${n}.dense.weight`, [shape.labels, dense.features], dense.weight);
    const bias = floats(`net${n}.dense.bias`, [shape.labels], dense.bias);
    return add('Gemm', [flat, weight, bias], `net${n}.logits`, { transB: 1 });
  });
  const sum = logits.length === 1 ? (logits[0] as string) : add('Mean', logits, 'logits');
  const byView = add('Reshape', [sum, integers('byView', [4, -1, shape.labels])], 'logitsByView');
  const averaged = add('ReduceMean', [byView], 'averaged', { axes: [0], keepdims: 0 });
  add('Softmax', [averaged], 'scores', { axis: 1 });
  return writeOnnx({
    name,
    nodes,
    tensors,
    input: { name: 'picture', dims: ['N', shape.channels, shape.input, shape.input] },
    output: { name: 'scores', dims: ['N', shape.labels] },
  });
}
