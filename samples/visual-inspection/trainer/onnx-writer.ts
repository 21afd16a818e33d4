/**
 * Writes the part of ONNX that we need, straight as protobuf (onnx.proto3 of ONNX 1.8: IR version 8, opset 13).
 * Field numbers stand beside the calls.
 */
export interface OnnxNode {
  op: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, number | number[]>;
}

/** Constants of the graph: float tensors, or 64-bit integers for shapes and axes. */
export interface OnnxTensor {
  name: string;
  dims: number[];
  values: Float32Array | bigint[];
}

/** A float tensor that goes in or out; a string is a dimension that may vary. */
export interface OnnxPort {
  name: string;
  dims: (number | string)[];
}

type Bytes = Buffer;

function varint(value: number | bigint): Bytes {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

const integer = (field: number, value: number | bigint): Bytes =>
  Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field: number, value: Uint8Array): Bytes =>
  Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
const text = (field: number, value: string): Bytes => bytes(field, Buffer.from(value));
const message = (field: number, ...parts: Bytes[]): Bytes => bytes(field, Buffer.concat(parts));

function attribute(name: string, value: number | number[]): Bytes {
  // AttributeProto: name 1, i 3, ints 8, type 20 (INT 2, INTS 7).
  const body = Array.isArray(value)
    ? [...value.map((v) => integer(8, v)), integer(20, 7)]
    : [integer(3, value), integer(20, 2)];
  return message(5, text(1, name), ...body);
}

function node({ op, inputs, outputs, attributes = {} }: OnnxNode): Bytes {
  // NodeProto: input 1, output 2, name 3, op_type 4, attribute 5.
  return message(
    1,
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, outputs[0] ?? op),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  );
}

function tensor({ name, dims, values }: OnnxTensor): Bytes {
  // TensorProto: dims 1, data_type 2 (FLOAT 1, INT64 7), name 8, raw_data 9 (little endian).
  const raw = Buffer.alloc(values.length * (values instanceof Float32Array ? 4 : 8));
  if (values instanceof Float32Array) for (const [i, v] of values.entries()) raw.writeFloatLE(v, i * 4);
  else for (const [i, v] of values.entries()) raw.writeBigInt64LE(v, i * 8);
  const type = values instanceof Float32Array ? 1 : 7;
  return message(5, ...dims.map((d) => integer(1, d)), integer(2, type), text(8, name), bytes(9, raw));
}

function port(field: number, { name, dims }: OnnxPort): Bytes {
  // ValueInfoProto: name 1, type 2 → TypeProto.tensor_type 1 → elem_type 1, shape 2 → dim 1 (value 1, param 2).
  const shape = message(
    2,
    ...dims.map((d) => message(1, typeof d === 'number' ? integer(1, d) : text(2, d))),
  );
  return message(field, text(1, name), message(2, message(1, integer(1, 1), shape)));
}

/** The bytes of model.onnx. */
export function writeOnnx(graph: {
  name: string;
  nodes: OnnxNode[];
  tensors: OnnxTensor[];
  input: OnnxPort;
  output: OnnxPort;
}): Uint8Array {
  // GraphProto: node 1, name 2, initializer 5, input 11, output 12. ModelProto: ir 1, producer 2, graph 7, opset 8.
  const body = message(
    7,
    ...graph.nodes.map(node),
    text(2, graph.name),
    ...graph.tensors.map(tensor),
    port(11, graph.input),
    port(12, graph.output),
  );
  return Buffer.concat([
    integer(1, 8),
    text(2, 'seto visual-inspection'),
    body,
    message(8, text(1, ''), integer(2, 13)),
  ]);
}
