import { shippedBook } from '../../src/cost/prices/shipped-book.ts';
import { poolsSchemaFor } from '../../src/pools/pool-config.ts';

/** `pools:` as an installation without prices of its own reads it. */
export const poolsSchema = poolsSchemaFor(shippedBook);
