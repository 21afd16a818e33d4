import type { Grid } from './resize-picture.ts';

/** What drift watches in one picture, in grey levels of 0 to 255 on the model's grid. */
export interface PictureStatistics {
  mean: number;
  std: number;
  /**
   * Variance of the Laplacian (kernel 0 1 0 / 1 −4 1 / 0 1 0): how sharp the picture is.
   * J. L. Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000.
   */
  laplacianVariance: number;
  /** Shares of the pixels in sixteen equal bins from 0 to 255; they add up to 1. */
  histogram: number[];
}

/** Statistics of a picture on the model's grid; colours are judged by their luma (ITU-R BT.601). */
export function pictureStatistics(grid: Grid): PictureStatistics {
  const { height, width } = grid;
  const grey = luma(grid);
  const histogram = new Array<number>(16).fill(0);
  let sum = 0;
  for (const x of grey) {
    sum += x;
    const bin = Math.min(15, Math.max(0, Math.floor(x / 16)));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  const mean = sum / grey.length;
  let squares = 0;
  for (const x of grey) squares += (x - mean) ** 2;
  let edges = 0;
  let edgeSquares = 0;
  const inner = Math.max(1, (height - 2) * (width - 2));
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) {
      const i = y * width + x;
      const at = (j: number) => grey[j] as number;
      const edge = at(i - 1) + at(i + 1) + at(i - width) + at(i + width) - 4 * at(i);
      edges += edge;
      edgeSquares += edge * edge;
    }
  return {
    mean,
    std: Math.sqrt(squares / grey.length),
    laplacianVariance: Math.max(0, edgeSquares / inner - (edges / inner) ** 2),
    histogram: histogram.map((count) => count / grey.length),
  };
}

function luma(grid: Grid): Float32Array {
  if (grid.channels === 1) return grid.planes;
  const size = grid.height * grid.width;
  const grey = new Float32Array(size);
  const at = (i: number) => grid.planes[i] as number;
  for (let i = 0; i < size; i += 1) grey[i] = 0.299 * at(i) + 0.587 * at(size + i) + 0.114 * at(2 * size + i);
  return grey;
}
