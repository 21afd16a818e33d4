import type { Phrase } from './format.ts';

/** What `seto cost prices` prints. */
export const phrases = {
  'cost.prices': {
    en: 'USD an hour, Linux, pay as you go; {date}; {source}',
    ja: '1 時間あたり米ドル、Linux、従量課金。{date}。{source}',
  },
} as const satisfies Record<string, Phrase>;
