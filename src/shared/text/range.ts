import type { Phrase } from './format.ts';

/** What `seto cost range` prints and draws. */
export const phrases = {
  'range.span': {
    en: 'INPUT=A..B or INPUT=A..B:log, with numbers such as dataGb=1..1000:log, is expected',
    ja: '「入力=A..B」または「入力=A..B:log」の形で、dataGb=1..1000:log のように指定してください',
  },
  'range.inputs': {
    en: 'one of these inputs is expected: {list}',
    ja: '入力は次のいずれかを指定してください: {list}',
  },
  'range.order': {
    en: 'the first number must be less than the second',
    ja: '最初の数は 2 番目の数より小さくしてください',
  },
  'range.whole': { en: 'whole numbers are expected', ja: '整数を指定してください' },
  'range.log': {
    en: 'a logarithmic range must start above 0',
    ja: '対数の範囲は 0 より大きい数から始めてください',
  },
  'range.least': { en: 'must start at {least} or more', ja: '{least} 以上から始めてください' },
  'range.above': { en: 'must start above {least}', ja: '{least} より大きい数から始めてください' },
  'range.most': { en: 'must end at {most} or less', ja: '終わりは {most} 以下にしてください' },
  'range.other_input': {
    en: 'another input than that of --x is expected',
    ja: '--x とは別の入力を指定してください',
  },
  'range.needs_x': {
    en: '--x INPUT=A..B, or --sensitivity, is expected',
    ja: '--x INPUT=A..B か --sensitivity を指定してください',
  },
  'range.needs_x_for': {
    en: '--x INPUT=A..B is expected beside it',
    ja: '--x INPUT=A..B も指定してください',
  },
  'range.workload': {
    en: 'a scenario with `workload:` and `layout:` is expected: this one gives its hours itself, and hours do not say how they would change with an input',
    ja: '`workload:` と `layout:` のあるシナリオを指定してください (このシナリオには時間が直接書かれており、入力による変化が分かりません)',
  },

  'range.layout.hybrid-aks-2023': { en: 'hybrid, AKS as of 2023', ja: 'ハイブリッド・2023年のAKS' },
  'range.layout.hybrid-aks': { en: 'hybrid, AKS as of today', ja: 'ハイブリッド・今のAKS' },
  'range.layout.hybrid-vm': { en: 'hybrid, plain VMs', ja: 'ハイブリッド・VMのみ' },
  'range.layout.all-cloud': { en: 'all in the cloud', ja: 'すべてクラウド' },
  'range.layout.all-onprem': { en: 'all on-premises', ja: 'すべて社内' },

  'range.input.trainingHours': { en: 'Training, hours a month', ja: '学習時間 (時間/月)' },
  'range.input.vmPriceYen': { en: 'Training VM, yen an hour', ja: '学習用 VM の単価 (円/時間)' },
  'range.input.dataGb': { en: 'Training data, GB', ja: '学習データ (GB)' },
  'range.input.linkMbps': { en: 'Link to the cloud, Mbit/s', ja: 'クラウドへの回線 (Mbit/s)' },
  'range.input.developers': { en: 'Developers', ja: '開発者 (人)' },
  'range.input.yenPerDollar': { en: 'Exchange rate, yen a dollar', ja: '為替 (円/ドル)' },
  'range.input.budgetYen': { en: 'Budget, yen a month', ja: '予算 (円/月)' },

  'range.picture.lines': { en: 'What a month costs in each layout', ja: '構成ごとの月額費用' },
  'range.picture.map': { en: 'Which layout is cheapest', ja: 'どの構成が最も安いか' },
  'range.picture.of': { en: '{title}: {name}', ja: '{title}: {name}' },
  'range.picture.tax': {
    en: 'tax of {percent} % included; all other inputs as in the scenario',
    ja: '税 {percent} % 込み。他の入力はシナリオのとおり',
  },
  'range.picture.budget': { en: 'budget {yen}', ja: '予算 {yen} 円' },
  'range.picture.budget_given': { en: 'budget {yen} yen', ja: '予算 {yen} 円' },
  'range.picture.budget_none': { en: 'no budget', ja: '予算なし' },
  'range.picture.budget_line': { en: 'budget', ja: '予算' },
  'range.picture.yen': { en: 'Yen a month', ja: '円/月' },
  'range.picture.log': { en: 'log', ja: '対数' },
  'range.picture.own': { en: 'scenario', ja: 'シナリオ' },
  'range.picture.cheapest': { en: 'Cheapest', ja: '最安' },
  'range.picture.over': { en: 'all over the budget', ja: 'すべて予算超過' },
  'range.picture.numbers': {
    en: 'Numbers: break-evens, as in the table; filled where the cheapest layout changes.',
    ja: '番号は損益分岐点 (表と同じ)。黒い番号で最も安い構成が替わります。',
  },
  'range.picture.prices': {
    en: 'Prices: {prices}; 1 USD = {rate} yen ({date}).',
    ja: '価格: {prices}。1 ドル = {rate} 円 ({date})。',
  },

  'range.prices.sheet': { en: 'own price sheet of {date}', ja: '自社の価格表 ({date})' },
  'range.prices.refreshed': { en: 'Azure list prices of {date}', ja: 'Azure の定価 ({date})' },
  'range.prices.shipped': { en: 'Azure list prices of {date}', ja: 'Azure の定価 ({date})' },

  'range.head.cheapest': { en: 'Cheapest', ja: '最も安い構成' },
  'range.head.break_evens': { en: 'Break-evens', ja: '損益分岐点' },
  'range.head.within': { en: 'Within the budget of {yen} yen', ja: '予算 {yen} 円以内' },
  'range.head.within_any': { en: 'Within the budget', ja: '予算以内' },
  'range.head.map': { en: 'Cheapest along {x}', ja: '{x} に沿って最も安い構成' },
  'range.none': { en: 'none: no layout passes another', ja: 'なし (順序は変わりません)' },
  'range.nowhere': { en: 'nowhere', ja: 'なし' },
  'range.equal': { en: 'the same bill', ja: '同額' },
  'range.from_whole': { en: 'from {n} on (exactly {x})', ja: '{n} から (正確には {x})' },
  'range.kind.crossing': { en: 'same bill', ja: '同額' },
  'range.kind.step': { en: 'a bill jumps', ja: '費用が段差で変わる' },
  'range.kind.touch': { en: 'touch only', ja: '接するだけ' },
  'range.change': { en: 'the cheapest changes', ja: '最安が替わる' },
  'range.each_yen': { en: '{yen} yen', ja: '{yen} 円' },
  'range.over_mark': { en: '{layout} (over the budget)', ja: '{layout} (予算超過)' },
  'range.steps_are_rows': {
    en: 'Borders along each line are exact; the picture has {rows} such lines.',
    ja: '各行の境界は正確な値です。図はこのような行 {rows} 本からなります。',
  },
  'range.sensitivity.head': {
    en: '{layout} is cheapest at {yen} yen a month, {lead} yen ahead of the next.',
    ja: '最も安いのは {layout} で月 {yen} 円、次より {lead} 円安くなります。',
  },
  'range.sensitivity.columns': {
    en: 'input|own value|±10 % (bill)|plausible range|its bill|its lead|another is cheapest from',
    ja: '入力|シナリオの値|±10 % (費用)|ありうる範囲|その費用|次との差|最安が替わる値',
  },
  'range.sensitivity.one': { en: '±1', ja: '±1' },
  'range.sensitivity.never': { en: 'never', ja: '替わらない' },
  'range.sensitivity.turn': { en: '{value} ({change}): {layout}', ja: '{value} ({change}): {layout}' },
  'range.sensitivity.most': {
    en: 'Over its plausible range, “{input}” moves the bill most: by {yen} yen.',
    ja: 'ありうる範囲で費用を最も動かすのは「{input}」で、{yen} 円です。',
  },
  'range.sensitivity.nearest': {
    en: 'The smallest change that makes another layout cheapest: “{input}” by {change}, to {layout}.',
    ja: '最も小さな変化で最安が替わるのは「{input}」({change}、{layout} へ) です。',
  },
  'range.sensitivity.nothing': {
    en: 'No single input makes another layout cheapest within a hundred times its value.',
    ja: 'どの入力も、百分の一から百倍の間で最安を替えません。',
  },
  'range.written': { en: 'wrote {file}', ja: '{file} に書きました' },
} as const satisfies Record<string, Phrase>;
