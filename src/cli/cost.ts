import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { registerBudget } from './cost/budget.ts';
import { registerEstimate } from './cost/estimate.ts';
import { registerPrices } from './cost/prices.ts';
import { registerRange } from './cost/range.ts';
import { registerReconcile } from './cost/reconcile.ts';
import { registerReport } from './cost/report.ts';

/** `seto cost …` */
export function register(program: Command, cli: Cli): void {
  const cost = program.command('cost').description('What the month costs, may cost and would cost');
  registerEstimate(cost, cli);
  registerRange(cost, cli);
  registerReport(cost, cli);
  registerReconcile(cost, cli);
  registerBudget(cost, cli);
  registerPrices(cost, cli);
}
