import type { Phrase } from './format.ts';

export const phrases = {
  'image.built': {
    en: 'Image {image}  {size} ({sent} sent) in {seconds} s',
    ja: 'イメージ {image}  {size} (送信 {sent})、{seconds} 秒',
  },
  'image.freed': {
    en: '{blobs} layers deleted, {size} freed',
    ja: '{blobs} 個のレイヤーを削除し、{size} 空けました',
  },
  'image.pushing': { en: 'Pushing to {repository}', ja: '{repository} へ送信中' },
} as const satisfies Record<string, Phrase>;
