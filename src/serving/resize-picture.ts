import type { Picture } from './decode-picture.ts';

/** A picture on the model's grid, before normalisation: planes of 0 to 255, one after another (CHW). */
export interface Grid {
  channels: number;
  height: number;
  width: number;
  planes: Float32Array;
}

/** How one row of the source becomes one row of the target: for each target place, first source place and weights. */
interface Taps {
  first: Int32Array;
  count: Int32Array;
  /** `span` weights a place, unused ones zero. */
  weights: Float64Array;
  span: number;
}

const known = new Map<string, Taps>();

/**
 * A triangle filter over half-pixel centres, widened by the reduction: bilinear when it enlarges, and when it reduces
 * every source pixel counts, so that a fine scratch does not fall between the samples (as Pillow's BILINEAR).
 */
function taps(from: number, to: number): Taps {
  const key = `${from}>${to}`;
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const scale = from / to;
  const radius = Math.max(1, scale);
  const span = Math.ceil(radius) * 2 + 1;
  const made: Taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float64Array(to * span),
    span,
  };
  for (let i = 0; i < to; i += 1) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - radius + 0.5));
    const end = Math.min(from, Math.floor(centre + radius + 0.5));
    let sum = 0;
    for (let j = first; j < end; j += 1) {
      const weight = Math.max(0, 1 - Math.abs((j + 0.5 - centre) / radius));
      made.weights[i * span + j - first] = weight;
      sum += weight;
    }
    for (let j = 0; j < end - first; j += 1)
      made.weights[i * span + j] = (made.weights[i * span + j] ?? 0) / sum;
    made.first[i] = first;
    made.count[i] = end - first;
  }
  // Line cameras deliver a handful of sizes; a folder of arbitrary crops must not fill the memory.
  if (known.size >= 512) known.clear();
  known.set(key, made);
  return made;
}

/** Resizes one plane; sums in double precision in a fixed order, so every machine gets the same bits. */
function resizePlane(
  plane: Float32Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Float32Array {
  const across = taps(width, toWidth);
  const down = taps(height, toHeight);
  const narrow = new Float32Array(toWidth * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < toWidth; x += 1) {
      const from = y * width + (across.first[x] as number);
      const at = x * across.span;
      let sum = 0;
      for (let k = 0; k < (across.count[x] as number); k += 1)
        sum += (plane[from + k] as number) * (across.weights[at + k] as number);
      narrow[y * toWidth + x] = sum;
    }
  const result = new Float32Array(toWidth * toHeight);
  for (let y = 0; y < toHeight; y += 1)
    for (let x = 0; x < toWidth; x += 1) {
      const from = (down.first[y] as number) * toWidth + x;
      const at = y * down.span;
      let sum = 0;
      for (let k = 0; k < (down.count[y] as number); k += 1)
        sum += (narrow[from + k * toWidth] as number) * (down.weights[at + k] as number);
      result[y * toWidth + x] = sum;
    }
  return result;
}

/** The picture's channel planes in the wanted colours; grey is luma of ITU-R BT.601. */
function toPlanes({ data, channels }: Picture, colour: 'grey' | 'rgb'): Float32Array[] {
  if (channels === 1) {
    const grey = new Float32Array(data);
    return colour === 'grey' ? [grey] : [grey, grey, grey];
  }
  const planes = Array.from({ length: colour === 'rgb' ? 3 : 1 }, () => new Float32Array(data.length / 3));
  for (const [c, plane] of planes.entries())
    for (let i = 0; i < plane.length; i += 1) {
      const at = i * 3;
      plane[i] =
        colour === 'rgb'
          ? (data[at + c] as number)
          : 0.299 * (data[at] as number) +
            0.587 * (data[at + 1] as number) +
            0.114 * (data[at + 2] as number);
    }
  return planes;
}

/**
 * Lays a picture on a grid. `stretch` fills it, whatever the proportions; `fit` keeps them, centres, and fills the
 * rest with the picture's own mean, which normalisation maps near zero.
 */
export function resizePicture(
  picture: Picture,
  target: { height: number; width: number; colour: 'grey' | 'rgb'; resize: 'fit' | 'stretch' },
): Grid {
  const { height, width } = target;
  const source = toPlanes(picture, target.colour);
  const planes = new Float32Array(source.length * height * width);
  const scale = Math.min(width / picture.width, height / picture.height);
  const innerWidth =
    target.resize === 'fit' ? Math.max(1, Math.min(width, Math.round(picture.width * scale))) : width;
  const innerHeight =
    target.resize === 'fit' ? Math.max(1, Math.min(height, Math.round(picture.height * scale))) : height;
  const left = (width - innerWidth) >> 1;
  const top = (height - innerHeight) >> 1;
  source.forEach((plane, c) => {
    const inner = resizePlane(plane, picture.width, picture.height, innerWidth, innerHeight);
    const target = planes.subarray(c * height * width, (c + 1) * height * width);
    if (inner.length !== target.length) target.fill(inner.reduce((sum, x) => sum + x, 0) / inner.length);
    for (let y = 0; y < innerHeight; y += 1)
      target.set(inner.subarray(y * innerWidth, (y + 1) * innerWidth), (top + y) * width + left);
  });
  return { channels: source.length, height, width, planes };
}
