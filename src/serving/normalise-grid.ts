import type { ModelInput } from './model-manifest.ts';
import type { Grid } from './resize-picture.ts';

/**
 * Normalises a grid of 0 to 255 as model.json says; the result is the model's NCHW tensor for one picture.
 * fixed: (x/255 − mean)/std · per-image: (x − m)/(s + 4) over each plane · local: the same over a window×window box
 * around each pixel, edges reflected. The 4 grey levels keep noise on an even surface from being blown up to contrast.
 */
export function normaliseGrid(grid: Grid, input: ModelInput): Float32Array {
  const size = grid.height * grid.width;
  const result = new Float32Array(grid.planes.length);
  for (let c = 0; c < grid.channels; c += 1) {
    const plane = grid.planes.subarray(c * size, (c + 1) * size);
    const target = result.subarray(c * size, (c + 1) * size);
    if (input.normalise === 'fixed') fixed(plane, target, input.mean?.[c] ?? 0, input.std?.[c] ?? 1);
    else if (input.normalise === 'per-image') perImage(plane, target);
    else local(plane, target, grid.height, grid.width, input.window ?? 17);
  }
  return result;
}

const softening = 4;

function fixed(plane: Float32Array, target: Float32Array, mean: number, std: number): void {
  for (let i = 0; i < plane.length; i += 1) target[i] = ((plane[i] as number) / 255 - mean) / std;
}

function perImage(plane: Float32Array, target: Float32Array): void {
  let sum = 0;
  for (const x of plane) sum += x;
  const mean = sum / plane.length;
  let squares = 0;
  for (const x of plane) squares += (x - mean) ** 2;
  const std = Math.sqrt(squares / plane.length);
  for (let i = 0; i < plane.length; i += 1) target[i] = ((plane[i] as number) - mean) / (std + softening);
}

/** Place −1 is place 1 and place n is place n − 2: the edge itself is not doubled. */
function reflect(place: number, size: number): number {
  const period = 2 * size - 2;
  const p = ((place % period) + period) % period;
  return p < size ? p : period - p;
}

/** Box sums through an integral image of values and squares in double precision (exact enough below 2²⁴ pixels). */
function local(
  plane: Float32Array,
  target: Float32Array,
  height: number,
  width: number,
  window: number,
): void {
  const edge = (window - 1) / 2;
  const wide = width + 2 * edge + 1;
  const sums = new Float64Array(wide * (height + 2 * edge + 1));
  const squares = new Float64Array(sums.length);
  for (let y = 1; y <= height + 2 * edge; y += 1) {
    const row = reflect(y - 1 - edge, height) * width;
    let sum = 0;
    let square = 0;
    for (let x = 1; x < wide; x += 1) {
      const value = plane[row + reflect(x - 1 - edge, width)] as number;
      sum += value;
      square += value * value;
      sums[y * wide + x] = (sums[(y - 1) * wide + x] as number) + sum;
      squares[y * wide + x] = (squares[(y - 1) * wide + x] as number) + square;
    }
  }
  const count = window * window;
  const box = (table: Float64Array, from: number, to: number) =>
    (table[to + window] as number) -
    (table[to] as number) -
    (table[from + window] as number) +
    (table[from] as number);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const from = y * wide + x;
      const to = (y + window) * wide + x;
      const mean = box(sums, from, to) / count;
      const variance = Math.max(0, box(squares, from, to) / count - mean * mean);
      target[y * width + x] = ((plane[y * width + x] as number) - mean) / (Math.sqrt(variance) + softening);
    }
}
