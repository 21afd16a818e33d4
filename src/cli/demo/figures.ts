import type { CostInterval, CostReport } from '../../api/contract/costs.ts';
import type { MonitoringView } from '../../api/contract/monitoring.ts';
import type { Recomputed } from './bill.ts';
import type { Followed } from './follow.ts';
import type { Score } from './traffic.ts';

/** Every figure the demo shows, as `--json FILE` writes it. Times in seconds, rates from 0 to 1. */
export interface Figures {
  version: string;
  simulated: { cloud: true; vm: string };
  isolation: string;
  pictures: {
    source: string;
    count: number;
    groups: number;
    labels: string[];
    floor: number;
    majority: number;
  };
  snapshot: string;
  pipelines: Followed[];
  clean: Score;
  change: { name: string; before: number; after: number; tried: { name: string; accuracy: number }[] };
  drift: MonitoringView['drift'];
  labels: number;
  retraining: { reason: string; pipelineId: number; snapshot: string | null };
  rollout: { sent: number; failed: number };
  changed: { before: Score; after: Score };
  models: { first: string; second: string };
  bill: CostReport & { intervals: CostInterval[] };
  formula: Recomputed[];
  nodesEnded: boolean;
  seconds: Record<string, number>;
}
