import type { Layout, RangePoint } from './bill-model.ts';
import type { Assumptions, Workload } from './workload.ts';

/** GB and Mbit/s give hours: 8,000 Mbit a GB of 10⁹ bytes, 3,600 s an hour. */
const hoursPerGbAtOneMbps = 8000 / 3600;
/** Bytes that a disk of one GiB holds, in GB. */
const gbPerGib = 1.073741824;

/** GiB of the disks that a machine can start from; what is larger than the system's part holds data. */
const diskGib = { P4: 32, P6: 64, P10: 128, E4: 32, S4: 32, ephemeral: 0 } as const;

/** Data disks are added in whole ones of this size, the cheapest a GiB of those in the book. */
const dataDiskGb = 128 * gbPerGib;

/** What of a scenario does not vary in a range, in the units of the formulas; docs/estimates.md has every one. */
export interface Work {
  layout: Layout;
  monthHours: number;
  sessionsEach: number;
  sessionHours: number;
  retrainings: number;
  growthGb: number;
  artifactGb: number;
  /** Down over up: the link's two directions vary together. */
  downPerUp: number;
  cloudMbps: number;
  lanMbps: number;
  /** From the wish for a node to its order, which is when the billing begins. */
  orderHours: number;
  bootHours: number;
  tailHours: number;
  /** Whether nodes pull the data over the link, and models go back over it. */
  dataOverLink: boolean;
  artifactsOverLink: boolean;
  nodes: boolean;
  roomGb: number;
  ideGbPerHour: number;
  answersGb: number;
  operationsMachines: number;
  workstationSpeed: number;
  workstationHours: number;
  developersEach: number;
}

/** What a layout uses in a month; every line of the bill is one of these times a price. */
export interface Amounts {
  meanGb: number;
  transferHours: number;
  uploadHours: number;
  /** From a node's creation to its end, for one session and for one retraining. */
  sessionLifeHours: number;
  retrainingLifeHours: number;
  /** Hours a developer's nodes would be up in the month, if there were so many. */
  wantedHoursEach: number;
  developHours: number;
  trainHours: number;
  dataDisks: number;
  pulledGb: number;
  egressGb: number;
  workstationHours: number;
  workstations: number;
  developerMachines: number;
  developerMachineHours: number;
}

/** Takes from a scenario what a layout's bill depends on. */
export function workOf(layout: Layout, monthHours: number, work: Workload, given: Assumptions): Work {
  const aks = layout === 'hybrid-aks-2023' || layout === 'hybrid-aks';
  const hybrid = aks || layout === 'hybrid-vm';
  const idleMinutes = aks
    ? given.aksIdleMinutes + given.autoscalerDelaySeconds / 60
    : given.idleTimeoutMinutes;
  const pictureHours = (work.picturesPerMonth * given.secondsPerPicture) / 3600;
  return {
    layout,
    monthHours,
    sessionsEach: work.daysPerMonth * work.sessionsPerDay,
    sessionHours: work.hoursPerSession,
    retrainings: work.retrainingsPerMonth,
    growthGb: work.growthGbPerMonth,
    artifactGb: work.artifactGb,
    downPerUp: work.link.downMbps / work.link.upMbps,
    cloudMbps: given.cloudMbps,
    lanMbps: given.onprem.lanMbps,
    orderHours: aks ? given.autoscalerDelaySeconds / 3600 : 0,
    bootHours: given.bootMinutes / 60,
    tailHours: idleMinutes / 60,
    dataOverLink: hybrid && work.dataCache === 'none',
    artifactsOverLink: hybrid,
    nodes: layout !== 'all-onprem',
    roomGb: Math.max(0, diskGib[given.osDisk] * gbPerGib - given.systemGb),
    ideGbPerHour: given.ideMbPerHour / 1000,
    answersGb: (work.picturesPerMonth * given.answerKb) / 1_000_000,
    operationsMachines: Math.max(1, Math.ceil(pictureHours / monthHours)),
    workstationSpeed: given.onprem.workstation.speed,
    workstationHours: given.onprem.workstation.usableShare * monthHours,
    developersEach: given.onprem.developerMachine.developersEach,
  };
}

export function noAmounts(): Amounts {
  return {
    meanGb: 0,
    transferHours: 0,
    uploadHours: 0,
    sessionLifeHours: 0,
    retrainingLifeHours: 0,
    wantedHoursEach: 0,
    developHours: 0,
    trainHours: 0,
    dataDisks: 0,
    pulledGb: 0,
    egressGb: 0,
    workstationHours: 0,
    workstations: 0,
    developerMachines: 0,
    developerMachineHours: 0,
  };
}

/** Fills `into`, so that 200,000 points of a map make no garbage. The closed form of docs/estimates.md, in its order. */
export function measure(work: Work, at: RangePoint, into: Amounts): void {
  into.meanGb = at.dataGb + work.growthGb / 2;
  if (work.nodes) measureNodes(work, at, into);
  else measureMachines(work, at, into);
}

function measureNodes(work: Work, at: RangePoint, into: Amounts): void {
  const dataMbps = work.dataOverLink ? Math.min(at.linkMbps, work.cloudMbps) : work.cloudMbps;
  const artifactMbps = work.artifactsOverLink
    ? Math.min(at.linkMbps * work.downPerUp, work.cloudMbps)
    : work.cloudMbps;
  into.transferHours = (into.meanGb * hoursPerGbAtOneMbps) / dataMbps;
  into.uploadHours = (work.artifactGb * hoursPerGbAtOneMbps) / artifactMbps;
  const around = work.bootHours + into.transferHours + work.tailHours;
  into.sessionLifeHours = around + work.sessionHours;
  into.wantedHoursEach = work.sessionsEach * into.sessionLifeHours;
  const kept = into.wantedHoursEach > work.monthHours;
  into.developHours = at.developers * (kept ? work.monthHours : into.wantedHoursEach);
  into.trainHours = work.retrainings * (around + into.uploadHours) + at.trainingHours;
  into.retrainingLifeHours = work.retrainings > 0 ? into.trainHours / work.retrainings : 0;
  into.dataDisks = Math.max(0, Math.ceil((at.dataGb + work.growthGb - work.roomGb) / dataDiskGb));
  const pulls = at.developers * (kept ? 1 : work.sessionsEach) + work.retrainings;
  into.pulledGb = work.dataOverLink ? pulls * into.meanGb : 0;
  into.egressGb =
    at.developers * work.sessionsEach * work.sessionHours * work.ideGbPerHour +
    (work.artifactsOverLink ? work.retrainings * work.artifactGb : work.answersGb);
}

function measureMachines(work: Work, at: RangePoint, into: Amounts): void {
  into.transferHours = (into.meanGb * hoursPerGbAtOneMbps) / work.lanMbps;
  into.workstationHours = workstationHoursAt(work, at);
  into.workstations = Math.ceil(into.workstationHours / work.workstationHours);
  into.developerMachines = Math.ceil(at.developers / work.developersEach);
  into.developerMachineHours = at.developers * work.sessionsEach * (work.sessionHours + into.transferHours);
}

/** Hours that retraining takes on workstations of the shop's own. */
function workstationHoursAt(work: Work, at: RangePoint): number {
  const loading = ((at.dataGb + work.growthGb / 2) * hoursPerGbAtOneMbps) / work.lanMbps;
  return work.retrainings * loading + at.trainingHours / work.workstationSpeed;
}

/** What steps as an input grows: it counts up by one at each whole multiple of `step` above `offset`. */
export interface Step {
  of: (at: RangePoint) => number;
  offset: number;
  step: number;
  /** Only the first multiple counts (a limit, no stairs). */
  once: boolean;
}

/** Where the amounts of a layout bend or jump; each is monotone in every input. */
export function stepsOf(work: Work): Step[] {
  if (!work.nodes)
    return [
      { of: (at) => workstationHoursAt(work, at), offset: 0, step: work.workstationHours, once: false },
      { of: (at) => at.developers, offset: 0, step: work.developersEach, once: false },
    ];
  const amounts = noAmounts();
  return [
    {
      of: (at) => at.dataGb + work.growthGb,
      offset: work.roomGb - dataDiskGb,
      step: dataDiskGb,
      once: false,
    },
    ...(work.dataOverLink
      ? [{ of: (at: RangePoint) => at.linkMbps, offset: 0, step: work.cloudMbps, once: true }]
      : []),
    ...(work.artifactsOverLink
      ? [
          {
            of: (at: RangePoint) => at.linkMbps * work.downPerUp,
            offset: 0,
            step: work.cloudMbps,
            once: true,
          },
        ]
      : []),
    {
      of: (at) => {
        measure(work, at, amounts);
        return amounts.wantedHoursEach;
      },
      offset: 0,
      step: work.monthHours,
      once: true,
    },
  ];
}
