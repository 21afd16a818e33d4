import type { Derived } from '../../cost/estimate/derived.ts';
import type { Estimate } from '../../cost/estimate/estimate.ts';
import type { Comparison, PoolComparison } from '../../cost/simulate/compare-months.ts';
import { isPhraseKey, say } from '../../shared/text.ts';
import { type Cli, table } from '../cli.ts';
import { round } from './money-text.ts';

/** Above this share of working hours nodes meet on the link often enough to change the bill by some per cent. */
const busyShare = 0.25;

/**
 * So many digits that a reader's product of both factors is the amount beside it: eight decimals, eight digits of what is
 * smaller, and three decimals more than the other factor has digits before the point. Fewer change the product's tenth.
 */
export const exact = (value: number, times: number): string =>
  value.toLocaleString('en-US', {
    useGrouping: false,
    minimumFractionDigits: 1,
    maximumFractionDigits: Math.max(8, Math.ceil(Math.log10(Math.max(1, times))) + 3),
    maximumSignificantDigits: 8,
    roundingPriority: 'morePrecision',
  });

/** Rounded before it is printed, so that nothing is printed as minus nothing. */
const hours = (value: number): string => (Math.round(value * 1e4) / 1e4 + 0).toFixed(4);

/** An estimate as text: every line with its factors, formula (4) and the full bill, and what they rest on. */
export function printEstimate(cli: Cli, result: Estimate): void {
  const { lang, print } = cli;
  if (result.layout !== null) print(say(lang, 'cost.estimate.layout', { layout: result.layout }));
  for (const line of table(
    result.items.map((item) => [
      `${item.paper ? '*' : ' '} ${nameOf(cli, item.name, result.layout !== null)}`,
      item.formula === 'extra' || item.formula === 'tax' ? '' : item.formula,
      `${exact(item.quantity, item.unitPrice)} ${say(lang, `cost.unit.${item.unit}`)} × ${exact(item.unitPrice, item.quantity)}`,
      round(item.yen),
    ]),
  ))
    print(line);
  print(say(lang, 'cost.estimate.total', { yen: round(result.total) }));
  print(`  ${say(lang, 'cost.estimate.paper', { yen: round(result.paper.yen) })}`);
  if (result.derived !== null) printDerived(cli, result.derived);
  print(`${say(lang, 'cost.assumptions')}:`);
  for (const each of result.assumptions) print(`  ${each}`);
}

function printDerived({ lang, print }: Cli, derived: Derived): void {
  print(`${say(lang, 'cost.estimate.derived')}:`);
  const values = {
    node: hours(derived.sessionNodeHours),
    transfer: hours(derived.transferHours),
    gb: derived.meanDataGb,
    sum: hours(derived.developNodeHours),
  };
  print(`  ${say(lang, 'cost.estimate.session', values)}`);
  const training = { node: hours(derived.retrainingNodeHours), sum: hours(derived.trainNodeHours) };
  print(`  ${say(lang, 'cost.estimate.retraining', training)}`);
  if (derived.keptUp) print(`  ${say(lang, 'cost.estimate.kept_up')}`);
  if (derived.linkBusy > busyShare)
    print(`  ${say(lang, 'cost.estimate.link_busy', { percent: Math.round(100 * derived.linkBusy) })}`);
}

/** A line of ours by its name in the reader's language; a pool that the user named, as it is. */
function nameOf({ lang }: Cli, name: string, ours: boolean): string {
  const [base = '', tier] = name.split('From');
  const key = `cost.line.${base}`;
  if (!ours || !isPhraseKey(key)) return name;
  return tier === undefined ? say(lang, key) : `${say(lang, key)} > ${tier} GB`;
}

/** The closed form beside the simulated months. */
export function printComparison(cli: Cli, compared: Comparison): void {
  const { lang, print } = cli;
  if (compared.pools.length === 0) {
    print(say(lang, 'cost.simulate.none', { layout: compared.layout }));
    return;
  }
  print(say(lang, 'cost.simulate.head', { months: compared.months, seed: compared.seed }));
  for (const pool of compared.pools) printPool(cli, pool);
  const { closed, simulated } = compared.yen;
  print(
    say(lang, 'cost.simulate.yen', {
      closed: round(closed),
      mean: round(simulated.mean),
      least: round(simulated.least),
      most: round(simulated.most),
    }),
  );
}

function printPool(cli: Cli, { name, closed, simulated, differences }: PoolComparison): void {
  const { lang, print } = cli;
  const { nodeHours } = simulated;
  print(
    `  ${say(lang, 'cost.simulate.hours', {
      pool: nameOf(cli, name, true),
      closed: hours(closed.nodeHours),
      mean: hours(nodeHours.mean),
      least: hours(nodeHours.least),
      most: hours(nodeHours.most),
      demands: simulated.demands.toFixed(1),
      nodes: simulated.nodes.toFixed(1),
    })}`,
  );
  print(
    `    ${say(lang, 'cost.simulate.differences', {
      boots: hours(differences.boots),
      idle: hours(differences.idle),
      link: hours(differences.link),
      growth: hours(differences.growth),
      wait: simulated.waitMinutesEach.toFixed(1),
    })}`,
  );
  for (const n of new Set([...Object.keys(closed.times), ...Object.keys(simulated.times)])) {
    const [one, other] = [closed.times[n] ?? 0, simulated.times[n] ?? 0];
    // What is less than a few seconds a month on both sides says nothing to a reader.
    if (Math.max(one, other) < 0.001) continue;
    print(`    ${say(lang, 'cost.simulate.times', { n, closed: hours(one), simulated: hours(other) })}`);
  }
}
