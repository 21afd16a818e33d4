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
  'cost.no_png': {
    status: 400,
    exit: 2,
    en: 'What draws PNG is not installed here: pictures as PNG are not made inside a job or an image.',
    ja: 'PNG を描く部品がここにはありません。ジョブやイメージの中では PNG を作れません。',
    remedy: {
      en: 'Use `--svg FILE`, or run `seto cost range` on the machine where Seto is installed.',
      ja: '`--svg FILE` を使うか、Seto をインストールしたマシンで `seto cost range` を実行してください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
