import { fault } from '../shared/errors.ts';

/** What keeps an ONNX file from being loaded, found without loading it. */
export type OnnxProblem = 'truncated' | 'external-data' | null;

/** Fields to descend into: message name → field number → message below (onnx.proto, IR version 3 and later). */
const messages: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};

/** TensorProto.external_data and TensorProto.data_location (EXTERNAL = 1). */
const externalData = 13;
const dataLocation = 14;

/** Graphs nest in attributes; deeper than this is no model anyone trained. */
const maxDepth = 64;

/**
 * Walks the protobuf structure of an ONNX file: `external-data` where any tensor keeps its values in another file
 * (which could be any file of the machine), `truncated` where a length leads past the end.
 */
export function inspectOnnx(bytes: Uint8Array): OnnxProblem {
  if (bytes.length === 0) return 'truncated';
  return walk(bytes, 0, bytes.length, 'model', 0);
}

/** Throws `serving.external_data` or `serving.broken_model` for a file of this folder that must not be loaded. */
export function checkOnnx(bytes: Uint8Array, dir: string): void {
  const problem = inspectOnnx(bytes);
  if (problem === 'external-data') throw fault('serving.external_data', { dir });
  if (problem === 'truncated')
    throw fault('serving.broken_model', { reason: 'the file is cut short or no ONNX' });
}

function walk(bytes: Uint8Array, from: number, to: number, message: string, depth: number): OnnxProblem {
  if (depth > maxDepth) return 'truncated';
  let at = from;
  while (at < to) {
    const key = varint(bytes, at, to);
    // Protobuf drops what a key has above 32 bits: field 13 could be written so that we would not know it.
    if (key === null || key.value > 0xffffffff) return 'truncated';
    at = key.next;
    const field = Math.floor(key.value / 8);
    const wire = key.value % 8;
    if (field === 0) return 'truncated';
    if (wire === 2) {
      const length = varint(bytes, at, to);
      if (length === null || length.next + length.value > to) return 'truncated';
      const end = length.next + length.value;
      if (message === 'tensor' && field === externalData) return 'external-data';
      const below = messages[message]?.[field];
      const problem = below === undefined ? null : walk(bytes, length.next, end, below, depth + 1);
      if (problem !== null) return problem;
      at = end;
    } else if (wire === 0) {
      const value = varint(bytes, at, to);
      if (value === null) return 'truncated';
      if (message === 'tensor' && field === dataLocation && value.value === 1) return 'external-data';
      at = value.next;
    } else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else return 'truncated';
  }
  return at === to ? null : 'truncated';
}

function varint(bytes: Uint8Array, from: number, to: number): { value: number; next: number } | null {
  let value = 0;
  for (let index = 0; index < 10 && from + index < to; index += 1) {
    const byte = bytes[from + index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: from + index + 1 };
  }
  return null;
}
