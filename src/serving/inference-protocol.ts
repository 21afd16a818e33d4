import * as z from 'zod';
import { fault } from '../shared/errors.ts';
import type { OpenModel } from './session.ts';

/** A reply of the Open Inference Protocol: JSON, and raw tensors after it where the caller asked for binary ones. */
export interface InferReply {
  json: Buffer;
  /** Empty unless binary output was asked for. */
  binary: Buffer;
}

const parameters = z.record(z.string(), z.unknown()).optional();
const requestSchema = z.object({
  id: z.string().max(200).optional(),
  parameters,
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.number().int().min(0)),
        datatype: z.string(),
        parameters,
        data: z.unknown().optional(),
      }),
    )
    .length(1),
  outputs: z.array(z.object({ name: z.string(), parameters })).optional(),
});

/**
 * POST …/infer: one FP32 tensor [N, C, H, W] of the model's input in, scores [N, labels] out. `jsonHeader` is the
 * header Inference-Header-Content-Length of the binary tensor extension, null without it.
 * Source: Open Inference Protocol v2 (REST), and Triton's binary tensor data extension.
 */
export async function infer(
  model: OpenModel,
  version: string,
  body: Buffer,
  jsonHeader: string | null,
): Promise<InferReply> {
  const jsonLength = jsonHeader === null ? body.length : Number(jsonHeader);
  if (jsonHeader !== null && (!/^\d+$/.test(jsonHeader) || jsonLength > body.length))
    throw bad(`Inference-Header-Content-Length is ${jsonHeader}, the body has ${body.length} bytes`);
  const parsed = parseRequest(body.subarray(0, jsonLength));
  const input = parsed.inputs[0];
  const { manifest } = model;
  if (input === undefined || input.name !== manifest.input.name)
    throw bad(`the input's name is ${manifest.input.name}`);
  if (input.datatype !== 'FP32') throw bad(`datatype ${input.datatype}: the model takes FP32`);
  const [count = 0, ...rest] = input.shape;
  const wanted = manifest.input.shape.slice(1);
  if (count < 1 || rest.length !== wanted.length || rest.some((size, index) => size !== wanted[index]))
    throw bad(`shape [${input.shape.join(', ')}]: the model takes [N, ${wanted.join(', ')}]`);
  const size = count * wanted.reduce((product, each) => product * each, 1);
  const binarySize = input.parameters?.['binary_data_size'];
  const tensor =
    binarySize === undefined
      ? fromJson(input.data, size)
      : fromBinary(body.subarray(jsonLength), binarySize, size);
  const outputs = parsed.outputs ?? [];
  const stranger = outputs.find(({ name }) => name !== manifest.output.name);
  if (stranger !== undefined)
    throw bad(`output ${stranger.name}: the output's name is ${manifest.output.name}`);
  const [asked] = outputs;
  for (const extension of ['classification', 'shared_memory_region'])
    if (asked?.parameters?.[extension] !== undefined)
      throw bad(`the parameter ${extension} is not supported`);
  const rows = await model.predict(tensor);
  // JSON has neither NaN nor infinity, and no threshold holds against them.
  if (!rows.every((row) => row.every(Number.isFinite))) {
    if (!tensor.every(Number.isFinite)) throw bad('the input holds NaN or infinity');
    throw fault('serving.bad_scores', {});
  }
  const asBinary = asked?.parameters?.['binary_data'] ?? parsed.parameters?.['binary_data_output'] ?? false;
  const each = manifest.labels.length;
  const scores = new Float32Array(count * each);
  rows.forEach((row, index) => {
    scores.set(row, index * each);
  });
  const binary = asBinary === true ? Buffer.from(scores.buffer) : Buffer.alloc(0);
  const reply = {
    model_name: manifest.name,
    model_version: version,
    ...(parsed.id === undefined ? {} : { id: parsed.id }),
    outputs: [
      {
        name: manifest.output.name,
        datatype: 'FP32',
        shape: [count, each],
        ...(asBinary === true
          ? { parameters: { binary_data_size: binary.length } }
          : { data: Array.from(scores) }),
      },
    ],
  };
  return { json: Buffer.from(JSON.stringify(reply)), binary };
}

/** GET /v2/models/NAME */
export function modelMetadata(model: OpenModel, version: string) {
  const { manifest } = model;
  const [, ...rest] = manifest.input.shape;
  return {
    name: manifest.name,
    versions: [version],
    platform: 'onnx_onnxv1',
    inputs: [{ name: manifest.input.name, datatype: 'FP32', shape: [-1, ...rest] }],
    outputs: [
      {
        name: manifest.output.name,
        datatype: 'FP32',
        shape: [-1, manifest.labels.length],
        parameters: { labels: manifest.labels },
      },
    ],
  };
}

function parseRequest(bytes: Buffer): z.infer<typeof requestSchema> {
  const text = bytes.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(
      /\b(NaN|Infinity)\b/.test(text)
        ? 'the request is not JSON, which has no NaN and no Infinity'
        : 'the request is not JSON',
    );
  }
  const result = requestSchema.safeParse(value);
  if (result.success) return result.data;
  throw bad(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

function fromJson(data: unknown, size: number): Float32Array {
  if (!Array.isArray(data)) throw bad('inputs.0.data is missing');
  const flat: unknown[] = Array.isArray(data[0]) ? data.flat(8) : data;
  if (flat.length !== size) throw bad(`data has ${flat.length} numbers, the shape ${size}`);
  const tensor = new Float32Array(size);
  for (let index = 0; index < size; index += 1) {
    const value = flat[index];
    if (typeof value !== 'number') throw bad(`data[${index}] is not a number`);
    tensor[index] = value;
    if (!Number.isFinite(tensor[index])) throw bad(`data[${index}] is too large for FP32`);
  }
  return tensor;
}

function fromBinary(bytes: Buffer, declared: unknown, size: number): Float32Array {
  if (declared !== bytes.length || bytes.length !== size * 4)
    throw bad(
      `binary_data_size ${String(declared)}: ${bytes.length} bytes came, the shape needs ${size * 4}`,
    );
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Float32Array(copy.buffer);
}

function bad(problem: string) {
  return fault('serving.bad_infer', { problem });
}
