import { layouts, rangeInputs } from '../../cost/estimate/bill-model.ts';
import type { WorkloadScenario } from '../../cost/estimate/scenario.ts';
import type { PriceBook } from '../../cost/prices/price-book.ts';
import type { PictureWords } from '../../cost/range/picture/words.ts';
import type { Lang } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';

/** What a picture of a scenario says in a language. `name` is how its title calls the scenario. */
export function pictureWords(
  lang: Lang,
  kind: 'lines' | 'map',
  name: string,
  scenario: WorkloadScenario,
  book: PriceBook,
): PictureWords {
  const { budget, exchange, tax } = scenario;
  const limit =
    budget === undefined
      ? say(lang, 'range.picture.budget_none')
      : say(lang, 'range.picture.budget_given', { yen: thousands(budget.yen) });
  const included = say(lang, 'range.picture.tax', { percent: Number((tax.rate * 100).toFixed(4)) });
  return {
    lang,
    title: say(lang, 'range.picture.of', { title: say(lang, `range.picture.${kind}`), name }),
    subtitle: lang === 'ja' ? `${limit}、${included}` : `${limit}; ${included}`,
    notes: [
      ...(kind === 'lines' ? [say(lang, 'range.picture.numbers')] : []),
      say(lang, 'range.picture.prices', {
        prices: book.layers.map(({ kind, date }) => say(lang, `range.prices.${kind}`, { date })).join(', '),
        rate: exchange.yenPerDollar,
        date: exchange.date,
      }),
    ],
    layouts: record(layouts, (layout) => ({ name: layout, what: say(lang, `range.layout.${layout}`) })),
    inputs: record(rangeInputs, (input) => say(lang, `range.input.${input}`)),
    yen: say(lang, 'range.picture.yen'),
    logScale: say(lang, 'range.picture.log'),
    budget:
      budget === undefined
        ? say(lang, 'range.picture.budget_line')
        : say(lang, 'range.picture.budget', { yen: thousands(budget.yen) }),
    anyBudget: say(lang, 'range.picture.budget_line'),
    own: say(lang, 'range.picture.own'),
    cheapest: say(lang, 'range.picture.cheapest'),
    overBudget: say(lang, 'range.picture.over'),
  };
}

/** A number with its thousands apart. */
export function thousands(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function record<K extends string, V>(keys: readonly K[], make: (key: K) => V): Readonly<Record<K, V>> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, V>;
}
