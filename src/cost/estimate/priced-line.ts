import type { PriceOrigin } from '../prices/price-book.ts';
import type { Formula, Unit } from './lines.ts';

/** One line before it is priced exactly. */
export interface PricedLine {
  name: string;
  formula: Exclude<Formula, 'tax'>;
  unit: Unit;
  /** Formula (1): T_n in hours; otherwise an amount, of `count` equal things (formula 3). */
  times: ReadonlyMap<number, number> | null;
  quantity: number;
  count: number;
  price: number;
  /** What the price is multiplied by: the exchange rate, or 1 for yen. */
  rate: number;
  origin: PriceOrigin | null;
}
