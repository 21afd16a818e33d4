/**
 * The two sums of products in a convolution, as WebAssembly SIMD: more than ten times as fast as plain JavaScript, and
 * the order of every sum is fixed, so that results do not depend on the machine.
 *
 * Both walk over the places of the output in rows of `across` times eight. What a tap reads lies, for the place
 * (y, x), at input + y·inputRow + 4·x + table[tap]: the table of byte offsets turns a padded picture into a
 * convolution's input without unfolding it. Addresses, rows and planes are in bytes.
 */
export interface Kernels {
  memory: { buffer: ArrayBuffer };
  /** output[filter][y][x] = Σ over taps of weights[tap][filter] · input. Filters a multiple of 4. */
  correlate(
    filters: number,
    height: number,
    across: number,
    taps: number,
    weights: number,
    table: number,
    input: number,
    output: number,
    inputRow: number,
    outputRow: number,
    outputPlane: number,
  ): void;
  /** target[filter][tap] += Σ over places of gradient[filter][y][x] · input. Filters a multiple of 4, taps of 2. */
  weightGradient(
    filters: number,
    height: number,
    across: number,
    taps: number,
    target: number,
    table: number,
    input: number,
    gradient: number,
    inputRow: number,
    gradientRow: number,
    gradientPlane: number,
  ): void;
}

/** What we use of WebAssembly's JavaScript interface; its types otherwise come only with those of a browser. */
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

/** Instantiates the kernels on a memory of at least `bytes` bytes. */
export function createKernels(bytes: number): Kernels {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { env: { memory } });
  return { memory, ...(instance.exports as unknown as Omit<Kernels, 'memory'>) };
}

// Opcodes of the WebAssembly core specification 2.0, section 5.4.
const i32 = 0x7f;
const v128 = 0x7b;
const add = [0x6a];
const mul = [0x6c];
const addVectors = [0xfd, 0xe4, 0x01];
const mulVectors = [0xfd, 0xe6, 0x01];
const addFloats = [0x92];

type Code = number[];
type Code11 = [Code, Code, Code, Code, Code, Code, Code, Code, Code, Code, Code];

function unsigned(value: number): Code {
  const bytes: Code = [];
  let rest = value >>> 0;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest !== 0);
  return bytes;
}

function signed(value: number): Code {
  const bytes: Code = [];
  let rest = value;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(last ? byte : byte | 0x80);
    if (last) return bytes;
  }
}

const get = (local: number): Code => [0x20, ...unsigned(local)];
const set = (local: number): Code => [0x21, ...unsigned(local)];
const number = (value: number): Code => [0x41, ...signed(value)];
const loadVector = (offset: number): Code => [0xfd, 0x00, 2, ...unsigned(offset)];
const loadSplat = (offset: number): Code => [0xfd, 0x09, 2, ...unsigned(offset)];
const storeVector = (offset: number): Code => [0xfd, 0x0b, 2, ...unsigned(offset)];
const loadInteger: Code = [0x28, 2, 0];
const loadFloat = (offset: number): Code => [0x2a, 2, ...unsigned(offset)];
const storeFloat = (offset: number): Code => [0x38, 2, ...unsigned(offset)];
const lane = (place: number): Code => [0xfd, 0x1f, place];
const zero: Code = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const advance = (local: number, by: Code): Code => [...get(local), ...by, ...add, ...set(local)];
/** Runs the body with `counter` going up by `step` until it reaches `end`; at least once. */
const loop = (counter: number, step: number, end: Code, body: Code): Code => [
  ...number(0),
  ...set(counter),
  ...[0x03, 0x40],
  ...body,
  ...advance(counter, number(step)),
  ...get(counter),
  ...end,
  ...[0x49, 0x0d, 0x00, 0x0b],
];
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Four filters at eight places stay in eight registers while the taps run. */
function correlateBody(): Code {
  const names = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(get);
  const [filters, height, across, taps, weights, table, input, output, inputRow, outputRow, outputPlane] =
    names as Code11;
  const [i, y, x, t, from, weight, to, entry, source] = [11, 12, 13, 14, 15, 16, 17, 18, 19] as const;
  const [low, high, factor] = [20, 21, 22] as const;
  const sum = (row: number, half: number) => 23 + row * 2 + half;
  const accumulate = range(4).flatMap((row) => [
    ...get(weight),
    ...loadSplat(row * 4),
    ...set(factor),
    ...range(2).flatMap((half) => [
      ...get(sum(row, half)),
      ...get(factor),
      ...get(half === 0 ? low : high),
      ...mulVectors,
      ...addVectors,
      ...set(sum(row, half)),
    ]),
  ]);
  const inner = loop(t, 1, taps, [
    ...get(from),
    ...get(entry),
    ...loadInteger,
    ...add,
    ...set(source),
    ...get(source),
    ...loadVector(0),
    ...set(low),
    ...get(source),
    ...loadVector(16),
    ...set(high),
    ...accumulate,
    ...advance(weight, [...filters, ...number(4), ...mul]),
    ...advance(entry, number(4)),
  ]);
  const store = range(4).flatMap((row) => [
    ...range(2).flatMap((half) => [...get(to), ...get(sum(row, half)), ...storeVector(half * 16)]),
    ...advance(to, outputPlane),
  ]);
  const tile = [
    ...weights,
    ...get(i),
    ...number(4),
    ...mul,
    ...add,
    ...set(weight),
    ...table,
    ...set(entry),
    ...input,
    ...get(y),
    ...inputRow,
    ...mul,
    ...add,
    ...get(x),
    ...number(32),
    ...mul,
    ...add,
    ...set(from),
    ...output,
    ...get(i),
    ...outputPlane,
    ...mul,
    ...add,
    ...get(y),
    ...outputRow,
    ...mul,
    ...add,
    ...get(x),
    ...number(32),
    ...mul,
    ...add,
    ...set(to),
    ...range(8).flatMap((r) => [...zero, ...set(23 + r)]),
    ...inner,
    ...store,
  ];
  const locals = [
    [9, i32],
    [11, v128],
  ] as const;
  return functionBody(locals, loop(y, 1, height, loop(x, 1, across, loop(i, 4, filters, tile))));
}

/** Four filters by two taps; each register sums every fourth place, added up at the end. */
function weightGradientBody(): Code {
  const names = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(get);
  const [
    filters,
    height,
    across,
    taps,
    target,
    table,
    input,
    gradient,
    inputRow,
    gradientRow,
    gradientPlane,
  ] = names as Code11;
  const [i, j, y, x, from, second, of, to] = [11, 12, 13, 14, 15, 16, 17, 18] as const;
  const value = (tap: number, half: number) => 19 + tap * 2 + half;
  const factor = 23;
  const sum = (row: number, tap: number) => 24 + row * 2 + tap;
  const plane = (row: number): Code => (row === 0 ? [] : [...gradientPlane, ...number(row), ...mul, ...add]);
  const inner = loop(x, 1, across, [
    ...range(2).flatMap((half) => [...get(from), ...loadVector(half * 16), ...set(value(0, half))]),
    ...range(2).flatMap((half) => [...get(second), ...loadVector(half * 16), ...set(value(1, half))]),
    ...range(4).flatMap((row) =>
      range(2).flatMap((half) => [
        ...get(of),
        ...plane(row),
        ...loadVector(half * 16),
        ...set(factor),
        ...range(2).flatMap((tap) => [
          ...get(sum(row, tap)),
          ...get(factor),
          ...get(value(tap, half)),
          ...mulVectors,
          ...addVectors,
          ...set(sum(row, tap)),
        ]),
      ]),
    ),
    ...[from, second, of].flatMap((pointer) => advance(pointer, number(32))),
  ]);
  const line = (tap: number): Code => [
    ...input,
    ...get(y),
    ...inputRow,
    ...mul,
    ...add,
    ...table,
    ...get(j),
    ...number(tap),
    ...add,
    ...number(4),
    ...mul,
    ...add,
    ...loadInteger,
    ...add,
  ];
  const rows = loop(y, 1, height, [
    ...line(0),
    ...set(from),
    ...line(1),
    ...set(second),
    ...gradient,
    ...get(i),
    ...gradientPlane,
    ...mul,
    ...add,
    ...get(y),
    ...gradientRow,
    ...mul,
    ...add,
    ...set(of),
    ...inner,
  ]);
  const store = range(4).flatMap((row) => [
    ...range(2).flatMap((tap) => [
      ...get(to),
      ...get(to),
      ...loadFloat(tap * 4),
      ...range(4).flatMap((l) => [...get(sum(row, tap)), ...lane(l), ...addFloats]),
      ...storeFloat(tap * 4),
    ]),
    ...advance(to, [...taps, ...number(4), ...mul]),
  ]);
  const tile = [
    ...target,
    ...get(i),
    ...taps,
    ...mul,
    ...get(j),
    ...add,
    ...number(4),
    ...mul,
    ...add,
    ...set(to),
    ...range(8).flatMap((r) => [...zero, ...set(24 + r)]),
    ...rows,
    ...store,
  ];
  return functionBody(
    [
      [8, i32],
      [13, v128],
    ],
    loop(i, 4, filters, loop(j, 2, taps, tile)),
  );
}

function functionBody(locals: readonly (readonly [number, number])[], code: Code): Code {
  const body = [
    ...unsigned(locals.length),
    ...locals.flatMap(([count, type]) => [...unsigned(count), type]),
    ...code,
    0x0b,
  ];
  return [...unsigned(body.length), ...body];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => [text.length, ...Buffer.from(text)];
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
  const parameters = (count: number): Code => [0x60, count, ...new Array<number>(count).fill(i32), 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, ...parameters(11)]),
    ...section(2, [1, ...name('env'), ...name('memory'), 0x02, 0x00, 1]),
    ...section(3, [2, 0, 0]),
    ...section(7, [2, ...name('correlate'), 0x00, 0, ...name('weightGradient'), 0x00, 1]),
    ...section(10, [2, ...correlateBody(), ...weightGradientBody()]),
  ]);
}
