/**
 * The rate where nobody named one: a platform's simulated prices, and a workload's estimate, which stands on assumptions
 * anyhow and says so.
 */
export const assumedExchange = { yenPerDollar: 150, date: '2026-11-01' };
