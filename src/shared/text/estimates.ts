import type { Phrase } from './format.ts';

/** What `seto cost estimate` prints. */
export const phrases = {
  'cost.estimate.total': { en: 'Total: {yen} yen a month', ja: '合計: 月 {yen} 円' },
  'cost.estimate.within': { en: 'within the budget of {yen} yen', ja: '予算 {yen} 円以内' },
  'cost.unit.GB': { en: 'GB', ja: 'GB' },
  'cost.unit.GB-month': { en: 'GB-months', ja: 'GB 月' },
  'cost.unit.disk-month': { en: 'disk-months', ja: 'ディスク月' },
  'cost.unit.machine-month': { en: 'machine-months', ja: '台月' },
  'cost.unit.kWh': { en: 'kWh', ja: 'kWh' },
  'input.scenario.machine': {
    en: 'expected a VM size, { yen: … } or { usd: … }',
    ja: 'VM のサイズ、{ yen: … }、{ usd: … } のいずれかを指定してください',
  },
  'input.scenario.two_forms': {
    en: 'amounts are either given or derived from a workload: drop {key}, or drop layout, workload and assumptions',
    ja: '数量は直接書くか、作業量から求めるかのどちらかです。{key} を消すか、layout、workload、assumptions を消してください',
  },
  'input.scenario.layout': {
    en: 'a workload needs a layout: one of {list}',
    ja: 'workload には layout が必要です。{list} のいずれかを指定してください',
  },
  'input.scenario.workload': {
    en: 'missing: layout and assumptions are for a workload',
    ja: '値がありません。layout と assumptions は workload と一緒に使います',
  },
  'input.scenario.day': {
    en: 'sessions of {hours} hours a day; a day has 24',
    ja: '1 日のセッションが {hours} 時間です。1 日は 24 時間です',
  },
  'input.scenario.fit': {
    en: 'the work needs {needed} node-hours; {nodes} nodes have {hours} in the month',
    ja: '作業に {needed} ノード時間が必要ですが、ノード {nodes} 台では 1 か月に {hours} 時間しかありません',
  },
  'input.price.unreliable': {
    en: 'the price of {vm} in {region} is not known for certain ({figures}): give a price of your own',
    ja: '{region} の {vm} の価格は確かではありません ({figures})。独自の価格を指定してください',
  },
  'cost.assumptions': { en: 'Assumptions', ja: '前提' },
} as const satisfies Record<string, Phrase>;
