import type { Layout, RangeInput } from '../../estimate/bill-model.ts';

/** What a picture says, in one language; given by whoever draws it. */
export interface PictureWords {
  lang: 'en' | 'ja';
  title: string;
  subtitle: string;
  /** Below the picture: prices with their date, exchange rate. */
  notes: readonly string[];
  /** Two lines a layout: the name that is typed, and what it is. */
  layouts: Readonly<Record<Layout, { name: string; what: string }>>;
  /** Name and unit, for an axis. */
  inputs: Readonly<Record<RangeInput, string>>;
  yen: string;
  logScale: string;
  budget: string;
  /** The budget's line where the budget itself is varied. */
  anyBudget: string;
  own: string;
  cheapest: string;
  overBudget: string;
}
