import { measure, noAmounts, type Work, workOf } from '../estimate/amounts-of-work.ts';
import type { Layout } from '../estimate/bill-model.ts';
import { pointOf, type WorkloadScenario } from '../estimate/scenario.ts';
import { sweep } from '../sweep.ts';
import { Agenda } from './agenda.ts';
import { seededRandom } from './random.ts';
import { type Demand, SimulatedPool } from './simulated-pool.ts';

/** What became of a pool in a month, hours. Node-hours are the closed form's of as many demands, plus `differences`. */
export interface PoolMonth {
  demands: number;
  nodes: number;
  nodeHours: number;
  /** T_n. */
  times: ReadonlyMap<number, number>;
  /** Of node-hours against the closed form: what it counts as if each demand had a node and the link to itself. */
  differences: {
    /** Warm nodes served again: less booting. */
    boots: number;
    /** Nodes taken out of their idle time by the next demand: less of it. */
    idle: number;
    /** Nodes waited while another one pulled its data over the same link: more. */
    link: number;
    /** The data set was smaller or larger than its mean when it was pulled. */
    growth: number;
  };
  /** Hours that people and jobs waited until a node was up and free for them. */
  waitHours: number;
}

export interface SimulatedMonth {
  develop: PoolMonth;
  train: PoolMonth;
}

interface Pull {
  linkHours: number;
  growthHours: number;
}

/** The hour at which a working day begins, where it still ends on the same day. */
const dayBegins = 9;

/**
 * One month of a layout's nodes, hour by hour instead of by the closed form: people's sessions fall into working days,
 * retrainings anywhere, one a node; nodes are reused while warm and pull their data one after the other over the link.
 * The same seed gives the same month. What began within the month is counted to its end. All-onprem rents no nodes:
 * both pools are empty there.
 */
export function simulateMonth(scenario: WorkloadScenario, layout: Layout, seed: number): SimulatedMonth {
  const { workload, assumptions: given } = scenario;
  const work = workOf(layout, scenario.month.hours, workload, given);
  const random = seededRandom(seed);
  const agenda = new Agenda();
  const rules = {
    orderHours: work.orderHours,
    bootHours: work.bootHours,
    idleHours: work.tailHours,
  };
  const none = Number.POSITIVE_INFINITY;
  const develop = new SimulatedPool(agenda, { ...rules, maxNodes: given.maxNodes.develop ?? none });
  const train = new SimulatedPool(agenda, { ...rules, maxNodes: given.maxNodes.train ?? none });
  const mean = noAmounts();
  const amounts = noAmounts();
  const at = pointOf(scenario);
  measure(work, at, mean);
  let linkFree = 0;

  /** A demand whose node pulls the data, works and hands over what came out. */
  const demandOf = (workHours: number, pull: Pull, done: () => void): Demand => ({
    serve: (free) => {
      const share = Math.min(1, agenda.now / work.monthHours);
      measure({ ...work, growthGb: 2 * work.growthGb * share }, at, amounts);
      const begins = work.dataOverLink ? Math.max(agenda.now, linkFree) : agenda.now;
      const pulled = begins + amounts.transferHours;
      if (work.dataOverLink) linkFree = pulled;
      pull.linkHours += begins - agenda.now;
      pull.growthHours += amounts.transferHours - mean.transferHours;
      agenda.note(pulled + workHours, () => {
        free();
        done();
      });
    },
  });

  const pulls = { develop: { linkHours: 0, growthHours: 0 }, train: { linkHours: 0, growthHours: 0 } };
  if (work.nodes) {
    const days = workingDays(work, workload.daysPerMonth, random);
    for (let person = 0; person < workload.developers; person++) {
      const sessions = days.flatMap((day) =>
        sessionsOf(day, workload.sessionsPerDay, work.sessionHours, given.workdayHours, random),
      );
      // A person begins a session when it is planned, and not before the one before is over.
      const begin = (index: number) => {
        const planned = sessions[index];
        if (planned === undefined) return;
        agenda.note(planned, () =>
          develop.ask(demandOf(work.sessionHours, pulls.develop, () => begin(index + 1))),
        );
      };
      begin(0);
    }
    const jobs = wholeOf(work.retrainings, random);
    const jobHours = work.retrainings > 0 ? at.trainingHours / work.retrainings : 0;
    for (let job = 0; job < jobs; job++)
      agenda.note(random() * work.monthHours, () =>
        train.ask(demandOf(jobHours + mean.uploadHours, pulls.train, () => undefined)),
      );
    agenda.run();
  }
  return {
    develop: monthOf(develop, work, pulls.develop),
    train: monthOf(train, work, pulls.train),
  };
}

function monthOf(pool: SimulatedPool, work: Work, pull: Pull): PoolMonth {
  const { demands, nodes, intervals } = pool;
  return {
    demands,
    nodes,
    nodeHours: intervals.reduce((sum, { from, to }) => sum + to - from, 0),
    times: sweep(intervals, { from: 0, to: Number.POSITIVE_INFINITY }),
    differences: {
      boots: (nodes - demands) * work.bootHours,
      idle: pool.idleHours - demands * work.tailHours,
      link: pull.linkHours,
      growth: pull.growthHours,
    },
    waitHours: pool.waitHours,
  };
}

/** A number with a fraction as a whole one that has it for its mean. */
function wholeOf(value: number, random: () => number): number {
  return Math.floor(value) + (random() < value % 1 ? 1 : 0);
}

/** On which days of the month people work, the same for all; each as the hour at which it begins. */
function workingDays(work: Work, daysPerMonth: number, random: () => number): number[] {
  const all = Array.from({ length: Math.ceil(work.monthHours / 24) }, (_, day) => day);
  for (let index = all.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [all[index], all[other]] = [all[other] ?? 0, all[index] ?? 0];
  }
  return all
    .slice(0, wholeOf(daysPerMonth, random))
    .sort((one, other) => one - other)
    .map((day) => day * 24);
}

/** When a person means to begin the sessions of a day: anywhere in working hours, one after the other. */
function sessionsOf(
  day: number,
  sessionsPerDay: number,
  sessionHours: number,
  workdayHours: number,
  random: () => number,
): number[] {
  const count = wholeOf(sessionsPerDay, random);
  const begins = day + Math.min(dayBegins, 24 - workdayHours);
  const slack = Math.max(0, workdayHours - count * sessionHours);
  return Array.from({ length: count }, () => random() * slack)
    .sort((one, other) => one - other)
    .map((free, index) => begins + free + index * sessionHours);
}
