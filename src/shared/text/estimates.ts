import type { Phrase } from './format.ts';

/** What `seto cost estimate` prints. */
export const phrases = {
  'cost.estimate.total': { en: 'Total: {yen} yen a month', ja: '合計: 月 {yen} 円' },
  'cost.estimate.within': { en: 'within the budget of {yen} yen', ja: '予算 {yen} 円以内' },
  'cost.assumptions': { en: 'Assumptions', ja: '前提' },
} as const satisfies Record<string, Phrase>;
