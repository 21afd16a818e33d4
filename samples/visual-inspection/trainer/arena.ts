import { createKernels, type Kernels } from './kernels.ts';

/** A piece of the kernels' memory. */
export interface Block {
  /** Byte address, for the kernels. */
  address: number;
  values: Float32Array;
}

/**
 * Hands out pieces of the kernels' memory. Memory must not grow once it is in use, so a net is laid out twice: first
 * by `measure`, which only counts, then for real.
 */
export class Arena {
  readonly kernels: Kernels;
  readonly #counting: boolean;
  #used = 64;

  private constructor(kernels: Kernels, counting: boolean) {
    this.kernels = kernels;
    this.#counting = counting;
  }

  /** Builds something of exactly the size it needs. */
  static build<T>(layOut: (arena: Arena) => T): T {
    const measure = new Arena(createKernels(64), true);
    layOut(measure);
    return layOut(new Arena(createKernels(measure.#used), false));
  }

  /** `length` zeros, aligned to 64 bytes. */
  floats(length: number): Block {
    const address = this.#used;
    this.#used += Math.ceil(length / 16) * 64;
    const values = this.#counting
      ? new Float32Array(0)
      : new Float32Array(this.kernels.memory.buffer, address, length);
    return { address, values };
  }
}
