/**
 * The one way a picture becomes a tensor, for trainer, gate and model server alike; trainers import it as
 * `seto/pictures`. Nothing here loads the inference runtime.
 */
import type { Picture } from './decode-picture.ts';
import { toGrid } from './load-pictures.ts';
import type { ModelInput } from './model-manifest.ts';
import { normaliseGrid } from './normalise-grid.ts';

export { isPicturePath, splitOf } from '../shared/data-folder.ts';
export { type Answer, type Decision, decide } from './decide.ts';
export {
  decodePicture,
  defaultLimits,
  type Picture,
  type PictureFormat,
  type PictureLimits,
  sniffFormat,
} from './decode-picture.ts';
export { buildReference, type DriftReference, driftScore, type ObservedPicture } from './drift-reference.ts';
export {
  type LoadedPicture,
  type LoadOptions,
  loadPictures,
  type PreparedPicture,
  parseGroups,
  preparePicture,
  toGrid,
} from './load-pictures.ts';
export { checkOutput, type ModelInput, type ModelManifest, parseModelManifest } from './model-manifest.ts';
export { type PictureStatistics, pictureStatistics } from './picture-statistics.ts';
export type { Grid } from './resize-picture.ts';

/** A decoded picture as the model's NCHW tensor (shape [1, C, H, W]). */
export function toTensor(picture: Picture, input: ModelInput): Float32Array {
  return normaliseGrid(toGrid(picture, input), input);
}
