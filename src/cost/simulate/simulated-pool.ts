import type { Span } from '../calendar.ts';
import type { Agenda } from './agenda.ts';

/** How a pool's nodes live, hours. */
export interface PoolRules {
  maxNodes: number;
  /** Until somebody notices that a node is wanted; nothing is billed yet. */
  orderHours: number;
  bootHours: number;
  /** How long a node without work stays up. */
  idleHours: number;
}

/** A session or a job, which one node serves alone. */
export interface Demand {
  /** What the node does, from now: calls `done` when it is free again. */
  serve: (done: () => void) => void;
}

interface Node {
  from: number;
  /** Counts what it began, so that an end planned while it was idle is void once it works again. */
  turns: number;
  idleSince: number | null;
}

/**
 * A pool by the rules of the reconciler (src/pools/decide-scaling.ts, which this folder may not know): a waiting demand
 * takes an idle node, else a new one starts where the limit allows, else it waits; who waited longest is served first by
 * the next node that is free; a node without work ends after the idle time.
 */
export class SimulatedPool {
  readonly intervals: Span[] = [];
  nodes = 0;
  demands = 0;
  idleHours = 0;
  /** Hours that demands waited for a node to be up and free. */
  waitHours = 0;
  readonly #agenda: Agenda;
  readonly #rules: PoolRules;
  readonly #waiting: { demand: Demand; since: number }[] = [];
  readonly #idle: Node[] = [];
  #live = 0;
  /** Ordered or booting: each will take one of those that wait. */
  #coming = 0;

  constructor(agenda: Agenda, rules: PoolRules) {
    this.#agenda = agenda;
    this.#rules = rules;
  }

  ask(demand: Demand): void {
    this.demands += 1;
    this.#waiting.push({ demand, since: this.#agenda.now });
    const node = this.#idle.shift();
    if (node) this.#work(node);
    else if (this.#coming < this.#waiting.length && this.#live < this.#rules.maxNodes) this.#start();
  }

  #start(): void {
    const from = this.#agenda.now + this.#rules.orderHours;
    this.#live += 1;
    this.#coming += 1;
    this.nodes += 1;
    this.#agenda.note(from + this.#rules.bootHours, () => {
      this.#coming -= 1;
      this.#work({ from, turns: 0, idleSince: null });
    });
  }

  /** A node that is free takes who waited longest, or becomes idle. */
  #work(node: Node): void {
    const { now } = this.#agenda;
    node.turns += 1;
    if (node.idleSince !== null) this.idleHours += now - node.idleSince;
    node.idleSince = null;
    const next = this.#waiting.shift();
    if (next) {
      this.waitHours += now - next.since;
      next.demand.serve(() => this.#work(node));
      return;
    }
    node.idleSince = now;
    this.#idle.push(node);
    const { turns } = node;
    this.#agenda.note(now + this.#rules.idleHours, () => {
      if (node.turns === turns) this.#end(node);
    });
  }

  #end(node: Node): void {
    this.idleHours += this.#rules.idleHours;
    this.#idle.splice(this.#idle.indexOf(node), 1);
    this.#live -= 1;
    this.intervals.push({ from: node.from, to: this.#agenda.now });
  }
}
