import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture, type LoadedPicture, type ModelInput } from 'seto/pictures';

/** How many pictures are looked at to choose the model's input. */
const sample = 48;

/**
 * Chooses the model's input from the pictures. Large pictures are seen at 128 pixels, small ones at 64. Grey pictures
 * are normalised locally, so that light does not matter; where colour may carry the difference it is kept, and only
 * shifted to the data set's own mean.
 */
export async function chooseInput(dir: string, pictures: readonly LoadedPicture[]): Promise<ModelInput> {
  const step = Math.max(1, Math.floor(pictures.length / sample));
  const sides: number[] = [];
  let chroma = 0;
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  let pixels = 0;
  for (let i = 0; i < pictures.length; i += step) {
    const path = pictures[i]?.path ?? '';
    const { width, height, channels, data } = await decodePicture(await readFile(join(dir, path))).catch(
      (cause: Error) => {
        throw new Error(`${path}: ${cause.message}`, { cause });
      },
    );
    sides.push(Math.min(width, height));
    const values = [0, 1, 2].map(
      (c) => (place: number) => data[place * channels + (channels === 3 ? c : 0)] ?? 0,
    );
    const [red, green, blue] = values as [
      (p: number) => number,
      (p: number) => number,
      (p: number) => number,
    ];
    for (let p = 0; p < width * height; p += 7) {
      chroma += Math.max(red(p), green(p), blue(p)) - Math.min(red(p), green(p), blue(p));
      values.forEach((value, c) => {
        sums[c] = (sums[c] ?? 0) + value(p) / 255;
        squares[c] = (squares[c] ?? 0) + (value(p) / 255) ** 2;
      });
      pixels += 1;
    }
  }
  const side = (sides.sort((a, b) => a - b)[sides.length >> 1] ?? 0) >= 112 ? 128 : 64;
  const common = { name: 'picture', resize: 'stretch' as const };
  // JPEG and white balance give grey scenes a few levels of colour.
  if (chroma / pixels < 8)
    return {
      ...common,
      shape: [1, 1, side, side],
      colour: 'grey',
      normalise: 'local',
      window: side === 128 ? 33 : 17,
    };
  const mean = sums.map((sum) => Number((sum / pixels).toPrecision(4)));
  const std = squares.map((square, c) =>
    Number(Math.max(0.02, Math.sqrt(square / pixels - (mean[c] ?? 0) ** 2)).toPrecision(4)),
  );
  return { ...common, shape: [1, 3, side, side], colour: 'rgb', normalise: 'fixed', mean, std };
}
