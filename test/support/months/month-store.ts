import { openMigrated } from '../../../src/store/migrations.ts';
import type { Store } from '../../../src/store/store.ts';

const tables = new Map<string, string>();

/** The table that a statement writes to. */
export function tableOf(sql: string): string {
  const known = tables.get(sql);
  if (known !== undefined) return known;
  const [, table = ''] = /^\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) (\w+)/.exec(sql) ?? [];
  if (table === 'ledger_entries' && !/^\s*INSERT/.test(sql)) throw new Error(`an entry is rewritten: ${sql}`);
  if (table === '') throw new Error(`what does this write to? ${sql}`);
  tables.set(sql, table);
  return table;
}

/** One database for many months; `empty` is as cheap as what was written since the last. */
export interface MonthStore {
  store: Store;
  empty(): void;
}

/** In memory: no crash here takes the disk's cache with it, and a month takes milliseconds instead of seconds. */
export function openMonthStore(): MonthStore {
  const inner = openMigrated(':memory:');
  inner.run('PRAGMA foreign_keys = OFF');
  const tables = inner
    .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .map(({ name }) => name)
    .filter((name) => name !== 'migrations');
  const written = new Set(tables);
  const store: Store = {
    ...inner,
    run: (sql, ...values) => {
      written.add(tableOf(sql));
      return inner.run(sql, ...values);
    },
  };
  return {
    store,
    empty: () => {
      inner.transaction(() => {
        for (const table of written) inner.run(`DELETE FROM ${table}`);
      });
      written.clear();
    },
  };
}
