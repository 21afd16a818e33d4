interface Entry {
  at: number;
  order: number;
  run: () => void;
}

/** What happens when: earliest first, and in the order of noting where two happen at the same moment. */
export class Agenda {
  now = 0;
  readonly #heap: Entry[] = [];
  #noted = 0;

  note(at: number, run: () => void): void {
    const entry = { at: Math.max(at, this.now), order: this.#noted++, run };
    let index = this.#heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || before(above, entry)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = entry;
  }

  /** Runs everything, also what is noted on the way. */
  run(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      this.now = next.at;
      next.run();
    }
  }

  #take(): Entry | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const takesRight = left !== undefined && right !== undefined && before(right, left);
      const child = takesRight ? right : left;
      if (child === undefined || before(last, child)) break;
      this.#heap[index] = child;
      index = 2 * index + (takesRight ? 2 : 1);
    }
    this.#heap[index] = last;
    return first;
  }
}

function before(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
