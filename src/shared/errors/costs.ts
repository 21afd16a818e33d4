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
  'cost.invoice_columns': {
    status: 400,
    exit: 2,
    en: '{file} is no usage-details file: no column {missing}.',
    ja: '{file} は使用量の詳細ファイルではありません: 列 {missing} がありません。',
    remedy: {
      en: 'Download “cost and usage details” as CSV from Azure Cost Management; `seto cost reconcile --help` names the forms.',
      ja: 'Azure Cost Management から「コストと使用量の詳細」を CSV で取得してください (`seto cost reconcile --help`)。',
    },
  },
  'cost.invoice_rows': {
    status: 400,
    exit: 2,
    en: '{file} has rows that cannot be read:\n{problems}',
    ja: '{file} に読めない行があります:\n{problems}',
    remedy: {
      en: 'Download the file again instead of saving it from a spreadsheet, then run `seto cost reconcile {file}`.',
      ja: '表計算ソフトで保存したものではなく、取得し直したファイルで `seto cost reconcile {file}` を実行してください。',
    },
  },
  'cost.invoice_currency': {
    status: 400,
    exit: 2,
    en: '{file} is in {currency}; {wanted} is expected.',
    ja: '{file} の通貨は {currency} ですが、{wanted} の請求書が必要です。',
    remedy: {
      en: 'An invoice in yen needs no rate; for one in dollars give its rate: `seto cost reconcile {file} --yen-per-dollar 150`.',
      ja: '円の請求書にレートは不要です。ドルの場合は請求書のレートを指定してください: `seto cost reconcile {file} --yen-per-dollar 150`。',
    },
  },
  'cost.invoice_differs': {
    status: 409,
    exit: 1,
    en: 'Invoice and ledger differ in {count} places, {yen} yen in all.',
    ja: '請求書と台帳が {count} か所で異なります (合計 {yen} 円)。',
    remedy: {
      en: 'See each difference above; `seto cost report --csv FILE` has the ledger’s intervals.',
      ja: '上の各差異を確かめてください。台帳の区間は `seto cost report --csv FILE` で書き出せます。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
