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
  'cost.unknown_region': {
    status: 400,
    exit: 2,
    en: 'No prices are known for {region}.',
    ja: '{region} の価格が分かりません。',
    remedy: {
      en: 'Nearest: {nearest}. Your own price sheet may add a region (`prices: { sheet: … }` in seto.yaml).',
      ja: '近い名前: {nearest}。自社の価格表でリージョンを追加できます (seto.yaml の `prices: { sheet: … }`)。',
    },
  },
  'cost.refresh_failed': {
    status: 502,
    retryable: true,
    en: 'The prices were not refreshed: {reason}',
    ja: '価格を更新できませんでした: {reason}',
    remedy: {
      en: 'The prices so far stay in force (`seto cost prices`). Try `seto cost prices refresh` later, or list your prices in a sheet (`prices: { sheet: … }` in seto.yaml).',
      ja: 'これまでの価格がそのまま有効です (`seto cost prices`)。後でもう一度 `seto cost prices refresh` を実行するか、価格表 (seto.yaml の `prices: { sheet: … }`) に価格を書いてください。',
    },
  },
  'cost.refreshing': {
    status: 409,
    retryable: true,
    en: 'The prices are being refreshed already.',
    ja: '価格の更新はすでに実行中です。',
    remedy: {
      en: 'Wait for it; `seto cost prices` then shows the new date.',
      ja: '終わるまでお待ちください。終わると `seto cost prices` に新しい日付が出ます。',
    },
  },
  'cost.bad_copy': {
    status: 500,
    exit: 2,
    en: 'The copy of prices {file} cannot be read: {what}.',
    ja: '価格の写し {file} を読めません: {what}。',
    remedy: {
      en: 'Remove it (the copy before it counts again) and run `seto cost prices refresh`.',
      ja: '削除し (一つ前の写しが有効になります)、`seto cost prices refresh` を実行してください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
