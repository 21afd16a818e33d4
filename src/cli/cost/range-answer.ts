import type { BillModel } from '../../cost/estimate/bill-model.ts';
import type { WorkloadScenario } from '../../cost/estimate/scenario.ts';
import type { PriceBook } from '../../cost/prices/price-book.ts';
import { layoutRange } from '../../cost/range/layout-range.ts';
import { lineChart } from '../../cost/range/picture/line-chart.ts';
import { mapChart } from '../../cost/range/picture/map-chart.ts';
import { rangeMap } from '../../cost/range/range-map.ts';
import { sensitivityOf } from '../../cost/range/sensitivity.ts';
import type { Span } from '../../cost/range/span.ts';
import type { Lang } from '../../shared/text/format.ts';
import { mapLines, rangeLines, sensitivityLines } from './range-text.ts';
import { pictureWords } from './range-words.ts';

/** What was asked of a scenario, to be printed, written as JSON or drawn. */
export interface Answer {
  lines(lang: Lang): string[];
  json(): Record<string, unknown>;
  picture(lang: Lang, name: string, scenario: WorkloadScenario, book: PriceBook): string;
}

/** One input: curves; two: a map; and what moves the answer, where that was asked. */
export function answerOf(model: BillModel, x: Span | null, y: Span | null, sensitivity: boolean): Answer {
  const range = x !== null && y === null ? layoutRange(model, x) : null;
  const map = x !== null && y !== null ? rangeMap(model, x, y) : null;
  const moves = sensitivity ? sensitivityOf(model) : null;
  return {
    lines: (lang) => [
      ...(range === null ? [] : rangeLines(lang, range, model.origin)),
      ...(map === null ? [] : mapLines(lang, map)),
      ...(moves === null ? [] : sensitivityLines(lang, moves)),
    ],
    json: () => ({
      scenario: { ...model.origin, budgetYen: finite(model.origin.budgetYen) },
      ...(range === null ? {} : { range }),
      ...(map === null ? {} : { map }),
      ...(moves === null ? {} : { sensitivity: moves }),
    }),
    picture: (lang, name, scenario, book) => {
      const words = pictureWords(lang, map === null ? 'lines' : 'map', name, scenario, book);
      if (map !== null) return mapChart(map, model.origin, words);
      if (range !== null) return lineChart(model, range, words);
      throw new RangeError('a picture needs an input');
    },
  };
}

/** JSON has no infinity: without a budget there is none. */
function finite(yen: number): number | null {
  return Number.isFinite(yen) ? yen : null;
}
