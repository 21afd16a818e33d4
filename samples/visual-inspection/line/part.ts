import { deriveSeed, Random } from '../trainer/random.ts';
import type { Raster } from './png.ts';

/** Side of a picture in pixels. */
const side = 96;
/** The surface is drawn twice as fine as it is photographed. */
const fine = side * 2;

/**
 * A machined part lying under the camera: a brushed plate with a bevel and two bores, on a dark belt. A bad one has a
 * scratch across the brushing. Everything follows from the seed and the number.
 */
export interface Part {
  surface: Float32Array;
  seed: number;
}

/** Draws the surface of part `number`. */
export function makePart(seed: number, number: number, scratched: boolean): Part {
  const partSeed = deriveSeed(seed, number);
  const random = new Random(partSeed);
  const surface = new Float32Array(fine * fine);
  const half = 0.37 + random.next() * 0.03;
  const bore = { x: 0.18 + random.next() * 0.03, radius: 0.055 + random.next() * 0.01 };
  const grain = brushing(random);
  for (let y = 0; y < fine; y += 1)
    for (let x = 0; x < fine; x += 1) {
      const px = (x + 0.5) / fine - 0.5;
      const py = (y + 0.5) / fine - 0.5;
      const edge = roundedSquare(px, py, half, 0.08);
      const hole = Math.min(Math.hypot(px - bore.x, py), Math.hypot(px + bore.x, py)) - bore.radius;
      const i = y * fine + x;
      const plate = 138 + (grain[i] as number) + 26 * bevel(edge) + 18 * bevel(-hole);
      const cover = step(-edge) * step(hole);
      surface[i] = 32 + (grain[i] as number) * 0.15 + cover * (plate - 32);
    }
  if (scratched) scratch(surface, random, half, bore);
  return { surface, seed: partSeed };
}

/** Brushing marks: streaks along x of their own length and brightness, some of them long and plain to see. */
function brushing(random: Random): Float32Array {
  const grain = new Float32Array(fine * fine);
  for (let y = 0; y < fine; y += 1) {
    let level = random.normal() * 5;
    for (let x = 0; x < fine; x += 1) {
      if (random.next() < 0.03) level = random.normal() * 5;
      grain[y * fine + x] = level;
    }
  }
  const marks = random.below(4);
  for (let m = 0; m < marks; m += 1) {
    const y = random.below(fine - 2);
    const from = random.below(fine);
    const to = Math.min(fine, from + 30 + random.below(80));
    const level = (random.next() < 0.5 ? -1 : 1) * (15 + random.next() * 20);
    for (let row = y; row < y + 2; row += 1)
      for (let x = from; x < to; x += 1) grain[row * fine + x] = (grain[row * fine + x] as number) + level;
  }
  return grain;
}

/** A thin line, dark in its groove and bright on its burr, at 25° to 155° to the brushing. */
function scratch(
  surface: Float32Array,
  random: Random,
  half: number,
  bore: { x: number; radius: number },
): void {
  const angle = ((25 + random.next() * 130) / 180) * Math.PI;
  const length = (0.2 + random.next() * 0.25) * fine;
  const depth = 45 + random.next() * 45;
  const width = 1.1 + random.next() * 0.9;
  const bend = (random.next() - 0.5) * 0.3;
  let middle = { x: 0, y: 0 };
  do {
    middle = { x: (random.next() * 2 - 1) * (half - 0.1), y: (random.next() * 2 - 1) * (half - 0.1) };
  } while (Math.hypot(Math.abs(middle.x) - bore.x, middle.y) < bore.radius + 0.06);
  const centre = { x: (middle.x + 0.5) * fine, y: (middle.y + 0.5) * fine };
  const along = { x: Math.cos(angle), y: Math.sin(angle) };
  for (let y = 0; y < fine; y += 1)
    for (let x = 0; x < fine; x += 1) {
      const dx = x - centre.x;
      const dy = y - centre.y;
      const t = (dx * along.x + dy * along.y) / (length / 2);
      if (Math.abs(t) > 1) continue;
      const off = dy * along.x - dx * along.y - bend * t * t * 20;
      const fade = Math.min(1, (1 - Math.abs(t)) * 5);
      const groove = Math.exp(-((off / width) ** 2));
      const burr = Math.exp(-(((off - width * 1.8) / width) ** 2));
      const i = y * fine + x;
      const onPlate = (surface[i] as number) > 80 ? 1 : 0;
      surface[i] = (surface[i] as number) + onPlate * fade * depth * (0.6 * burr - groove);
    }
}

/** One photograph: the part a little moved and turned, the light a little different, the sensor a little noisy. */
export function photograph(part: Part, shot: number): Raster {
  const random = new Random(deriveSeed(part.seed, 1000 + shot));
  const turn = (random.normal() * 1.2 * Math.PI) / 180;
  const moved = { x: random.normal() * 2.5, y: random.normal() * 2.5 };
  const exposure = 0.8 + random.next() * 0.4;
  const slope = { x: random.normal() * 0.08, y: random.normal() * 0.08 };
  const data = new Uint8Array(side * side);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      let sum = 0;
      for (let s = 0; s < 4; s += 1) {
        const px = x * 2 + (s & 1) + 0.5 - fine / 2 + moved.x;
        const py = y * 2 + (s >> 1) + 0.5 - fine / 2 + moved.y;
        sum += sample(
          part.surface,
          px * Math.cos(turn) - py * Math.sin(turn),
          px * Math.sin(turn) + py * Math.cos(turn),
        );
      }
      const light = exposure * (1 + slope.x * ((2 * x) / side - 1) + slope.y * ((2 * y) / side - 1));
      data[y * side + x] = Math.max(0, Math.min(255, Math.round((sum / 4) * light + random.normal() * 2)));
    }
  return { width: side, height: side, channels: 1, data };
}

/** Bilinear, with the middle of the surface at 0, 0; beyond the edge lies the edge. */
function sample(surface: Float32Array, x: number, y: number): number {
  const clamp = (v: number) => Math.max(0, Math.min(fine - 1.001, v + fine / 2 - 0.5));
  const [cx, cy] = [clamp(x), clamp(y)];
  const [ix, iy] = [Math.floor(cx), Math.floor(cy)];
  const [fx, fy] = [cx - ix, cy - iy];
  const at = (dx: number, dy: number) => surface[(iy + dy) * fine + ix + dx] as number;
  return (at(0, 0) * (1 - fx) + at(1, 0) * fx) * (1 - fy) + (at(0, 1) * (1 - fx) + at(1, 1) * fx) * fy;
}

/** Distance to the outline of a rounded square, negative inside. */
function roundedSquare(x: number, y: number, half: number, radius: number): number {
  const dx = Math.abs(x) - half + radius;
  const dy = Math.abs(y) - half + radius;
  return Math.hypot(Math.max(0, dx), Math.max(0, dy)) + Math.min(0, Math.max(dx, dy)) - radius;
}

/** 0 to 1 across the width of one fine pixel. */
function step(distance: number): number {
  return Math.max(0, Math.min(1, distance * fine + 0.5));
}

/** Brightest on the outline, gone 2 % of the picture further in. */
function bevel(distance: number): number {
  return Math.exp(-((distance / 0.02) ** 2));
}
