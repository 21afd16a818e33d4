import type { Phrase } from './format.ts';

/** What `seto cost prices` prints, and why a refresh came to nothing. */
export const phrases = {
  'cost.prices': {
    en: 'A machine’s hour in {region}, Linux, pay as you go',
    ja: '{region} のマシン 1 時間あたり (Linux、従量課金)',
  },
  'cost.prices.meters': { en: 'Beside machines in {region}', ja: '{region} のマシン以外の料金' },
  'cost.prices.shipped': {
    en: 'The price book that ships with this version',
    ja: 'このバージョンに付属の価格表',
  },
  'cost.prices.platform': { en: 'The price book in force on {url}', ja: '{url} で有効な価格表' },
  'cost.prices.no_platform': {
    en: 'Not the platform’s own price book: {reason}',
    ja: 'プラットフォームの価格表は取得できません: {reason}',
  },
  'cost.prices.too_slow': {
    en: 'it did not answer within {seconds} seconds',
    ja: '{seconds} 秒以内に応答がありません',
  },
  'cost.prices.layer.sheet': { en: 'own sheet of {date}: {source}', ja: '自社の価格表 {date}: {source}' },
  'cost.prices.layer.refreshed': { en: 'fetched on {date}: {source}', ja: '{date} に取得: {source}' },
  'cost.prices.layer.shipped': { en: 'shipped, of {date}: {source}', ja: '付属 {date}: {source}' },
  'cost.prices.older': {
    en: 'the copy is older than the shipped prices: it counts only where these have no price or a rough one. `seto cost prices refresh` fetches a new one',
    ja: '取得した写しは付属の価格より古いため、付属の価格がないか概算の場合にだけ使われます。`seto cost prices refresh` で新しく取得できます',
  },
  'cost.prices.rate': {
    en: 'yen at 1 USD = {yenPerDollar} JPY (exchange of {date})',
    ja: '円は 1 ドル = {yenPerDollar} 円で換算 (為替レート {date})',
  },
  'cost.prices.USD': { en: '{price} USD', ja: '{price} ドル' },
  'cost.prices.JPY': { en: '{price} yen', ja: '{price} 円' },
  'cost.prices.yen': { en: '{price} yen', ja: '{price} 円' },
  'cost.prices.unit.hour': { en: 'an hour', ja: '/ 時間' },
  'cost.prices.unit.GB': { en: 'a GB', ja: '/ GB' },
  'cost.prices.unit.month': { en: 'a month', ja: '/ 月' },
  'cost.prices.unit.GB-month': { en: 'a GB and month', ja: '/ GB・月' },
  'cost.prices.from': { en: 'from {from}', ja: '{from} から' },
  'cost.prices.about': { en: 'about', ja: '概算' },
  'cost.prices.unreliable': {
    en: 'no reliable price (the source gives {figures} USD)',
    ja: '信頼できる価格なし (出典の値は {figures} ドル)',
  },
  'cost.prices.fetching': { en: 'Fetching prices', ja: '価格を取得中' },
  'cost.prices.refreshed': {
    en: 'In force now: {rows} prices of {date} ({source}), {added} new, {changed} changed',
    ja: '有効になりました: {date} の価格 {rows} 件 ({source})。新規 {added} 件、変更 {changed} 件',
  },
  'prices.refresh.gave_up': {
    en: 'the price list answered {reason}, after {tries} tries.',
    ja: '価格 API の応答が {reason} でした (試行 {tries} 回)。',
  },
  'prices.refresh.pages': {
    en: 'one query has more than {limit} pages.',
    ja: '一つの問い合わせが {limit} ページを超えました。',
  },
  'prices.refresh.page': {
    en: 'a page is not as expected: {what}.',
    ja: 'ページの内容が想定と違います: {what}。',
  },
  'prices.refresh.no_json': {
    en: 'it is not JSON, or ends too early',
    ja: 'JSON でないか、途中で切れています',
  },
  'prices.refresh.too_large': { en: 'it is too large', ja: '大きすぎます' },
  'prices.refresh.currency': {
    en: 'the prices are in {currency}, not in USD.',
    ja: '価格が USD ではなく {currency} です。',
  },
  'prices.refresh.elsewhere': {
    en: 'the next page {link} does not lie on {origin}.',
    ja: '次のページ {link} が {origin} の外を指しています。',
  },
  'prices.refresh.too_long': {
    en: 'it took longer than {seconds} seconds.',
    ja: '{seconds} 秒を超えました。',
  },
  'prices.refresh.none': {
    en: 'no row is {sought}.{candidates}',
    ja: '{sought} に合う行がありません。{candidates}',
  },
  'prices.refresh.several': {
    en: 'more than one row is {sought}:{candidates}',
    ja: '{sought} に合う行が複数あります:{candidates}',
  },
  'prices.refresh.tiers': {
    en: 'the rows of {sought} do not begin at the first unit, or are free:{candidates}',
    ja: '{sought} の行が最初の単位から始まっていないか、無料になっています:{candidates}',
  },
} as const satisfies Record<string, Phrase>;
