import type { Store } from '../store/store.ts';

/** The month's limit: seto.yaml's, unless a command set another one since seto.yaml last changed. */
export function budgetYen(store: Store, configYen: number): { yen: number; source: 'seto.yaml' | 'command' } {
  const row = store.get<{ yen: number; config_yen: number }>(
    'SELECT yen, config_yen FROM budget_setting WHERE id = 1',
  );
  return row && row.config_yen === configYen
    ? { yen: row.yen, source: 'command' }
    : { yen: configYen, source: 'seto.yaml' };
}

/** Sets the limit by command. The caller writes the audit row in the same transaction. */
export function setBudgetYen(store: Store, yen: number, configYen: number, actor: string, at: number): void {
  store.run(
    'INSERT INTO budget_setting (id, yen, config_yen, actor, at) VALUES (1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET yen = excluded.yen, config_yen = excluded.config_yen, actor = excluded.actor, at = excluded.at',
    yen,
    configYen,
    actor,
    at,
  );
}
