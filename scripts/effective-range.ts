import path from 'node:path';
import { breakEvenRows, rounded, sensitivityRows } from '../src/cli/cost/range-text.ts';
import { pictureWords, thousands } from '../src/cli/cost/range-words.ts';
import { type Layout, layouts } from '../src/cost/estimate/bill-model.ts';
import { compileBill } from '../src/cost/estimate/compile-bill.ts';
import { scenarioSchema } from '../src/cost/estimate/scenario.ts';
import { shippedBook } from '../src/cost/prices/shipped-book.ts';
import { cheapestAlong } from '../src/cost/range/envelope.ts';
import { layoutRange } from '../src/cost/range/layout-range.ts';
import { lineChart } from '../src/cost/range/picture/line-chart.ts';
import { mapChart } from '../src/cost/range/picture/map-chart.ts';
import { rangeMap } from '../src/cost/range/range-map.ts';
import { sensitivityOf } from '../src/cost/range/sensitivity.ts';
import { inputLimits, readSpan, type Span } from '../src/cost/range/span.ts';
import { cheapestWhole } from '../src/cost/range/whole-numbers.ts';
import type { Lang } from '../src/shared/text/format.ts';
import { say } from '../src/shared/text.ts';
import { readYamlConfig } from '../src/shared/yaml-config.ts';
import { type PageFacts, pageText } from './effective-range-text.ts';
import { type SharedLinkRow, sharedLinkRow, sharedLinkTurn, simulatedMonths } from './shared-link.ts';

const scenarioFile = 'samples/scenarios/inspection.yaml';

const spans = {
  training: 'trainingHours=0..300',
  developers: 'developers=1..40',
  data: 'dataGb=1..2000:log',
  link: 'linkMbps=5..1000:log',
  exchange: 'yenPerDollar=80..200',
} as const;

export type SpanName = keyof typeof spans;

/** The pages of the effective range and their pictures, by path; everything in them is computed when asked for. */
export const effectiveRangeFiles: Record<string, () => string> = {
  'docs/effective-range.md': () => page('en'),
  'docs/effective-range.ja.md': () => page('ja'),
  ...pictureFiles('en', ''),
  ...pictureFiles('ja', '.ja'),
};

function pictureFiles(lang: Lang, ending: string): Record<string, () => string> {
  const lines = (['training', 'developers', 'exchange'] as const).map((name) => [
    `docs/effective-range/${name}${ending}.svg`,
    () => {
      const { model, words } = load(lang, 'lines');
      return lineChart(model, layoutRange(model, spanOf(name)), words);
    },
  ]);
  const map = () => {
    const { model, words } = load(lang, 'map');
    return mapChart(rangeMap(model, spanOf('data'), spanOf('link')), model.origin, words);
  };
  return Object.fromEntries([...lines, [`docs/effective-range/data-link${ending}.svg`, map]]);
}

function spanOf(name: SpanName): Span {
  const span = readSpan(spans[name]);
  if ('wrong' in span) throw new Error(`${spans[name]}: ${span.wrong}`);
  return span;
}

/** The scenario with the prices that ship, never with a copy of this machine's: a test compares what comes out. */
function load(lang: Lang, kind: 'lines' | 'map') {
  const scenario = readYamlConfig(path.join(import.meta.dirname, '..', scenarioFile), scenarioSchema);
  if (scenario.kind !== 'workload') throw new Error(`${scenarioFile} has no workload`);
  return {
    scenario,
    model: compileBill(scenario, shippedBook),
    words: pictureWords(lang, kind, 'inspection', scenario, shippedBook),
  };
}

function page(lang: Lang): string {
  const { model, scenario } = load(lang, 'lines');
  const yen = (layout: Layout) => model.yen(layout, model.origin);
  const ranges = (Object.keys(spans) as SpanName[]).map(
    (name) => [name, layoutRange(model, spanOf(name))] as const,
  );
  const range = new Map(ranges);
  const sensitivity = sensitivityOf(model);
  const change = (name: SpanName, pair: readonly Layout[]): string => {
    const found = range
      .get(name)
      ?.breakEvens.filter((each) => pair.every((layout) => each.pair.includes(layout)));
    const [only] = found ?? [];
    if (only === undefined || found?.length !== 1)
      throw new Error(
        `the page tells of one break-even of ${pair.join(', ')} over ${name}: ${found?.length}`,
      );
    return rounded(only.wholeFrom ?? only.x);
  };
  const turn = sharedLinkTurn(scenario, 40);
  const facts: PageFacts = {
    linkTurn: String(turn?.developers),
    linkMonths: simulatedMonths,
    linkTable: linkTable(
      lang,
      [2, 4, 8, 12, 20, 40].map((people) => sharedLinkRow(scenario, people)),
    ),
    scenarioFile,
    spans,
    rate: scenario.exchange.yenPerDollar,
    rateDate: scenario.exchange.date,
    pricesDate: shippedBook.layers[0]?.date ?? '',
    yen: (layout) => thousands(yen(layout)),
    lead: thousands(sensitivity.leadYen),
    change,
    costTable: markdown([
      lang === 'ja'
        ? ['構成', '円/月 (税込)', '最安との差']
        : ['layout', 'yen a month, with tax', 'above the cheapest'],
      ...layouts
        .toSorted((one, other) => yen(one) - yen(other))
        .map((layout) => [
          `\`${layout}\` (${say(lang, `range.layout.${layout}`)})`,
          thousands(yen(layout)),
          thousands(yen(layout) - sensitivity.yen),
        ]),
    ]),
    breakEvenTable: (name) => {
      const found = range.get(name);
      const head =
        lang === 'ja'
          ? ['番号', say(lang, `range.input.${spanOf(name).input}`), '安い構成', '費用', '種類', '']
          : ['number', say(lang, `range.input.${spanOf(name).input}`), 'cheaper', 'bill', 'kind', ''];
      return markdown([head, ...(found === undefined ? [] : breakEvenRows(lang, found))]);
    },
    singlePlaceTable: markdown([
      lang === 'ja'
        ? ['入力', '範囲', ...hybrids.map((layout) => `\`${layout}\``)]
        : ['input', 'looked at', ...hybrids.map((layout) => `\`${layout}\``)],
      ...(Object.keys(spans) as SpanName[]).map((name) => {
        const { input, from, to } = spanOf(name);
        const ahead = hybrids.map((layout) => {
          const along = inputLimits[input].whole ? cheapestWhole : cheapestAlong;
          const stretches = along(model, model.origin, input, from, to, [layout, 'all-cloud', 'all-onprem']);
          return (
            stretches
              .filter(({ layouts: cheapest }) => cheapest.includes(layout))
              .map((stretch) => `${rounded(stretch.from)} – ${rounded(stretch.to)}`)
              .join(', ') || say(lang, 'range.nowhere')
          );
        });
        return [say(lang, `range.input.${input}`), `${rounded(from)} – ${rounded(to)}`, ...ahead];
      }),
    ]),
    sensitivityTable: markdown(sensitivityRows(lang, sensitivity.inputs)),
    most: say(lang, `range.input.${sensitivity.inputs[0]?.input ?? 'linkMbps'}`),
  };
  checkSentences(yen, range, turn);
  return pageText(lang, facts);
}

const hybrids = ['hybrid-vm', 'hybrid-aks-2023', 'hybrid-aks'] as const;

/** What the page's sentences say about the order of the layouts; where it no longer holds, nothing is written. */
function checkSentences(
  yen: (layout: Layout) => number,
  range: ReadonlyMap<SpanName, ReturnType<typeof layoutRange>>,
  turn: SharedLinkRow | null,
): void {
  const order = layouts.toSorted((one, other) => yen(one) - yen(other)).join();
  const cheapest = (name: SpanName) =>
    range
      .get(name)
      ?.cheapest.map((stretch) => stretch.layouts.join('='))
      .join();
  const held = [
    order === 'hybrid-vm,all-onprem,all-cloud,hybrid-aks-2023,hybrid-aks',
    cheapest('training') === 'hybrid-vm,all-onprem',
    cheapest('developers') === 'hybrid-vm',
    cheapest('data') === 'hybrid-vm,all-onprem',
    cheapest('link') === 'all-onprem,hybrid-vm',
    cheapest('exchange') === 'hybrid-vm',
    turn !== null && turn.allCloud < turn.allOnprem && turn.cached < turn.allCloud,
  ];
  if (held.includes(false))
    throw new Error(
      `scripts/effective-range-text.ts says what no longer holds: ${JSON.stringify(held)}, ${order}`,
    );
}

function linkTable(lang: Lang, rows: readonly SharedLinkRow[]): string {
  const head =
    lang === 'ja'
      ? ['開発者', '閉じた式', '模擬した月', '模擬した月、`dataCache: cloud`', '`all-onprem`', '`all-cloud`']
      : [
          'developers',
          'closed form',
          'simulated',
          'simulated, `dataCache: cloud`',
          '`all-onprem`',
          '`all-cloud`',
        ];
  return markdown([
    head,
    ...rows.map(({ developers, ...yen }) => [
      String(developers),
      ...Object.values(yen).map((amount) => thousands(Math.round(amount))),
    ]),
  ]);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows.map((row) => row.map((cell) => cell.trim()));
  return [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
