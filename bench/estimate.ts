import path from 'node:path';
import { layouts } from '../src/cost/estimate/bill-model.ts';
import { compileBill } from '../src/cost/estimate/compile-bill.ts';
import { estimate } from '../src/cost/estimate/estimate.ts';
import { scenarioSchema } from '../src/cost/estimate/scenario.ts';
import { rangeMap } from '../src/cost/range/range-map.ts';
import { readSpan, type Span, valueAlong } from '../src/cost/range/span.ts';
import { readYamlConfig } from '../src/shared/yaml-config.ts';
import { median, type Row } from './table.ts';

const file = path.join(import.meta.dirname, '../samples/scenarios/inspection.yaml');
const side = 200;

/** How long estimates and maps of the inspection scenario take, in this process. */
export function measureEstimates(): Row[] {
  const scenario = readYamlConfig(file, scenarioSchema);
  if (scenario.kind !== 'workload') throw new Error(`${file} has no workload`);
  const estimates = Array.from({ length: 21 }, () => timed(() => estimate(scenario)));
  const model = compileBill(scenario);
  const [x, y] = ['dataGb=1..2000:log', 'linkMbps=5..1000:log'].map(spanOf) as [Span, Span];
  const bills = timed(() => {
    const at = { ...model.origin };
    let sum = 0;
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        at[x.input] = valueAlong(x, column / (side - 1));
        at[y.input] = valueAlong(y, row / (side - 1));
        for (const layout of layouts) sum += model.yen(layout, at);
      }
    if (!(sum > 0)) throw new Error('no bill');
  });
  const map = timed(() => rangeMap(model, x, y, side));
  const beside = `${layouts.length} layouts`;
  return [
    { what: 'estimate of a workload', value: median(estimates), unit: 'ms', beside: '', aim: { most: 20 } },
    { what: `bills of a map of ${side} × ${side}`, value: bills / 1000, unit: 's', beside, aim: { most: 2 } },
    { what: 'the same map with exact borders', value: map / 1000, unit: 's', beside, aim: { most: 2 } },
  ];
}

function spanOf(text: string): Span {
  const span = readSpan(text);
  if ('wrong' in span) throw new Error(`${text}: ${span.wrong}`);
  return span;
}

/** Milliseconds. */
function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}
