import { type CostInterval, costIntervals } from '../../api/contract/costs.ts';
import type { Client } from '../../client/client.ts';

/** Large enough that a busy month is three calls, small enough for one answer to stay below some megabytes. */
const pageSize = 10_000;

/** The intervals of a month (`YYYY-MM`), page by page. */
export async function* allIntervals(client: Client, month: string): AsyncGenerator<CostInterval> {
  let after: string | null = null;
  do {
    const query = { month, limit: pageSize, ...(after === null ? {} : { after }) };
    const page: { intervals: CostInterval[]; next: string | null } = await client.call(costIntervals, {
      query,
    });
    yield* page.intervals;
    after = page.next;
  } while (after !== null);
}
