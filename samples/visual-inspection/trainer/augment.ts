import type { Random } from './random.ts';

/**
 * Copies a picture tensor (CHW, normalised) into a batch, changed as a camera or a feeder might change it: mirrored,
 * moved by up to 6 %, unevenly lit (a ramp), noisy. Not turned or zoomed: the direction of a surface's grain matters.
 */
export function augment(
  from: Float32Array,
  to: Float32Array,
  offset: number,
  size: { channels: number; side: number },
  random: Random,
): void {
  const { channels, side } = size;
  const mirrorX = random.bits() & 1;
  const mirrorY = random.bits() & 1;
  const reach = Math.round(side * 0.06);
  const moveX = random.below(2 * reach + 1) - reach;
  const moveY = random.below(2 * reach + 1) - reach;
  const slopeX = (random.normal() * 0.4) / side;
  const slopeY = (random.normal() * 0.4) / side;
  // Four random bytes add up to nearly a normal deviate of standard deviation 147.8; one draw of bits a pixel.
  const noise = (random.next() * 0.15) / 147.8;
  for (let c = 0; c < channels; c += 1)
    for (let y = 0; y < side; y += 1) {
      const sourceY = Math.min(side - 1, Math.max(0, (mirrorY ? side - 1 - y : y) + moveY));
      const row = (c * side + sourceY) * side;
      const target = offset + (c * side + y) * side;
      const lit = slopeY * (y - side / 2) - slopeX * (side / 2);
      for (let x = 0; x < side; x += 1) {
        const place = (mirrorX ? side - 1 - x : x) + moveX;
        const sourceX = place < 0 ? 0 : place >= side ? side - 1 : place;
        const bits = random.bits();
        const grain = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
        to[target + x] = (from[row + sourceX] as number) + lit + slopeX * x + grain * noise;
      }
    }
}

/** Mirrors a tensor into a batch: bit 0 left–right, bit 1 top–bottom. The model averages all four views. */
export function mirror(
  from: Float32Array,
  to: Float32Array,
  offset: number,
  size: { channels: number; side: number },
  view: number,
): void {
  const { channels, side } = size;
  for (let c = 0; c < channels; c += 1)
    for (let y = 0; y < side; y += 1) {
      const row = (c * side + (view & 2 ? side - 1 - y : y)) * side;
      const target = offset + (c * side + y) * side;
      for (let x = 0; x < side; x += 1) to[target + x] = from[row + (view & 1 ? side - 1 - x : x)] as number;
    }
}
