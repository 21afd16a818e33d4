import { openMigrated } from '../../../src/store/migrations.ts';
import type { Store } from '../../../src/store/store.ts';

/** One database for many months. */
export interface MonthStore {
  store: Store;
  /** Tables that were written to since the last `empty`. */
  written: Set<string>;
  empty(): void;
}

/** In memory: no crash here takes the disk's cache with it, and a month takes milliseconds instead of seconds. */
export function openMonthStore(): MonthStore {
  const store = openMigrated(':memory:');
  store.run('PRAGMA foreign_keys = OFF');
  const tables = store
    .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .map(({ name }) => name)
    .filter((name) => name !== 'migrations');
  const written = new Set(tables);
  return {
    store,
    written,
    empty: () => {
      store.transaction(() => {
        for (const table of written) store.run(`DELETE FROM ${table}`);
      });
      written.clear();
    },
  };
}
