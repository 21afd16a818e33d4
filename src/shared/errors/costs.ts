import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'cost.over_budget': {
    status: 409,
    exit: 4,
    en: 'This costs {total} yen a month, more than the budget of {budget} yen.',
    ja: '月 {total} 円かかり、予算 {budget} 円を超えます。',
    remedy: {
      en: 'Lower the hours or choose a cheaper machine (`seto cost prices`).',
      ja: '時間を減らすか、より安いマシンを選んでください (`seto cost prices`)。',
    },
  },
  'cost.unknown_vm': {
    status: 400,
    exit: 2,
    en: 'No price is known for {vm} in {region}.',
    ja: '{region} の {vm} の価格が分かりません。',
    remedy: {
      en: 'Nearest: {nearest}. Or give `pricePerHour: { yen: … }`.',
      ja: '近い名前: {nearest}。または `pricePerHour: { yen: … }` を書いてください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
