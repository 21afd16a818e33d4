import { Random } from '../trainer/random.ts';
import type { Raster } from './png.ts';

/** What can happen to a line: the lamp ages, something shines, dirt on the parts, the lens is out of focus. */
export const changes = ['light', 'glare', 'dirt', 'blur'] as const;
export type Change = (typeof changes)[number];

/** The same scene after the change. Sizes are shares of the picture's shorter side, so any resolution will do. */
export function changePicture(picture: Raster, change: Change, seed: number): Raster {
  const random = new Random(seed);
  const values = Float32Array.from(picture.data);
  if (change === 'light') darken(values, random);
  else if (change === 'glare') shine(values, picture, random);
  else if (change === 'dirt') soil(values, picture, random);
  else blur(values, picture, (Math.min(picture.width, picture.height) * 1.5) / 64);
  return { ...picture, data: Uint8Array.from(values, (x) => Math.max(0, Math.min(255, Math.round(x)))) };
}

/** A third of the light is left, and the camera's gain shows its noise. */
function darken(values: Float32Array, random: Random): void {
  const light = 0.3 + random.next() * 0.1;
  for (let i = 0; i < values.length; i += 1) values[i] = (values[i] as number) * light + random.normal() * 4;
}

/** A bright spot that runs into white. */
function shine(values: Float32Array, { width, height, channels }: Raster, random: Random): void {
  const x0 = width * (0.2 + 0.6 * random.next());
  const y0 = height * (0.2 + 0.6 * random.next());
  const radius = Math.min(width, height) * (0.3 + random.next() * 0.15);
  for (let i = 0; i < values.length; i += 1) {
    const p = Math.floor(i / channels);
    const distance = Math.hypot((p % width) - x0, Math.floor(p / width) - y0) / radius;
    values[i] = (values[i] as number) + 190 * Math.exp(-(distance ** 2));
  }
}

/** Eight to fourteen dark specks with soft edges. */
function soil(values: Float32Array, { width, height, channels }: Raster, random: Random): void {
  const size = Math.min(width, height);
  const specks = 8 + random.below(7);
  for (let s = 0; s < specks; s += 1) {
    const x0 = width * (0.12 + 0.76 * random.next());
    const y0 = height * (0.12 + 0.76 * random.next());
    const radius = size * (0.012 + random.next() * 0.02);
    const dark = 0.35 + random.next() * 0.4;
    const reach = Math.ceil(radius * 3);
    for (let y = Math.max(0, Math.floor(y0) - reach); y < Math.min(height, y0 + reach); y += 1)
      for (let x = Math.max(0, Math.floor(x0) - reach); x < Math.min(width, x0 + reach); x += 1) {
        const cover = 1 / (1 + Math.exp((Math.hypot(x - x0, y - y0) - radius) / (radius * 0.25)));
        for (let c = 0; c < channels; c += 1) {
          const i = (y * width + x) * channels + c;
          values[i] = (values[i] as number) * (1 - dark * cover);
        }
      }
  }
}

/** Gauss, first across, then down; edges repeated. */
function blur(values: Float32Array, { width, height, channels }: Raster, sigma: number): void {
  const reach = Math.ceil(sigma * 3);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-(((i - reach) / sigma) ** 2) / 2));
  const total = kernel.reduce((a, b) => a + b, 0);
  const pass = (length: number, lines: number, step: number, between: (line: number) => number) => {
    const line = new Float32Array(length);
    for (let l = 0; l < lines; l += 1) {
      const start = between(l);
      for (let i = 0; i < length; i += 1) line[i] = values[start + i * step] as number;
      for (let i = 0; i < length; i += 1) {
        let sum = 0;
        for (let k = -reach; k <= reach; k += 1)
          sum += (line[Math.max(0, Math.min(length - 1, i + k))] as number) * (kernel[k + reach] as number);
        values[start + i * step] = sum / total;
      }
    }
  };
  for (let c = 0; c < channels; c += 1) {
    pass(width, height, channels, (y) => y * width * channels + c);
    pass(height, width, width * channels, (x) => x * channels + c);
  }
}
