import { fault } from '../shared/errors.ts';

/** Lets `running` works go on at once and `waiting` more wait; whoever comes beyond is told to come again (503). */
export interface Places {
  take<T>(work: () => Promise<T>): Promise<T>;
  readonly running: number;
  readonly waiting: number;
}

export function createPlaces(limits: { running: number; waiting: number }): Places {
  let running = 0;
  const queue: (() => void)[] = [];
  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.length;
    },
    take: async (work) => {
      if (running >= limits.running) {
        if (queue.length >= limits.waiting) throw fault('serving.busy');
        await new Promise<void>((resolve) => queue.push(resolve));
      } else running += 1;
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}
