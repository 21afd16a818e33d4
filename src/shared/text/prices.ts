import type { Phrase } from './format.ts';

/** What `seto cost prices` prints, and why a refresh came to nothing. */
export const phrases = {
  'cost.prices': {
    en: 'USD an hour, Linux, pay as you go; {date}; {source}',
    ja: '1 時間あたり米ドル、Linux、従量課金。{date}。{source}',
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
