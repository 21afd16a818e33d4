import type { Parameter } from './convolution.ts';

/** Adam with decoupled weight decay (I. Loshchilov and F. Hutter, 2019). */
export class AdamW {
  readonly #parameters: readonly Parameter[];
  readonly #first: Float32Array[];
  readonly #second: Float32Array[];
  #steps = 0;

  constructor(parameters: readonly Parameter[]) {
    this.#parameters = parameters;
    this.#first = parameters.map(({ values }) => new Float32Array(values.length));
    this.#second = parameters.map(({ values }) => new Float32Array(values.length));
  }

  step(rate: number, decay: number): void {
    this.#steps += 1;
    const firstBias = 1 - 0.9 ** this.#steps;
    const secondBias = 1 - 0.999 ** this.#steps;
    this.#parameters.forEach(({ values, gradient }, p) => {
      const first = this.#first[p] as Float32Array;
      const second = this.#second[p] as Float32Array;
      for (let i = 0; i < values.length; i += 1) {
        const g = gradient[i] as number;
        const m = 0.9 * (first[i] as number) + 0.1 * g;
        const v = 0.999 * (second[i] as number) + 0.001 * g * g;
        first[i] = m;
        second[i] = v;
        values[i] =
          (values[i] as number) * (1 - rate * decay) -
          (rate * (m / firstBias)) / (Math.sqrt(v / secondBias) + 1e-8);
      }
    });
  }
}

/** The rate at a step: up over the first 5 %, then down to 0 along a cosine. */
export function rateAt(step: number, steps: number, peak: number): number {
  const warm = Math.max(1, Math.round(steps * 0.05));
  if (step < warm) return (peak * (step + 1)) / warm;
  return (peak / 2) * (1 + Math.cos((Math.PI * (step - warm)) / Math.max(1, steps - warm)));
}
