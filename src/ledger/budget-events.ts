import type { Store } from '../store/store.ts';

/**
 * What people should know of the month's money. `threshold`: spending and leases passed a share of the budget.
 * `refused`: a job waits since the budget has no room. `warned`: past the budget, and its mode only warns.
 * `let_through`: an administrator lets a job past it. `spending_stopped`, `spending_resumed`: `seto pool pause --all`
 * and its end. `allowed`, `orphan`, `overrun`: money that no check could hold back, by the ledger's own kinds.
 */
export type BudgetEventKind =
  | 'threshold'
  | 'refused'
  | 'warned'
  | 'let_through'
  | 'spending_stopped'
  | 'spending_resumed'
  | 'allowed'
  | 'orphan'
  | 'overrun';

/** Values of one event, flat: they are the webhook's fields beside the common ones. */
export type EventDetail = Readonly<Record<string, string | number | boolean | null>>;

export interface BudgetEvent {
  id: number;
  kind: BudgetEventKind;
  /** `YYYY-MM` of the time zone. */
  month: string;
  /** Null where it concerns both kinds of money. */
  simulated: boolean | null;
  detail: EventDetail;
  /** Wall milliseconds. */
  at: number;
  /** When log and webhook had it; null before. */
  toldAt: number | null;
}

export interface NewBudgetEvent extends Omit<BudgetEvent, 'id' | 'toldAt'> {
  /** The same key is the same event: it is written, and told of, once. */
  key: string;
}

interface EventRow {
  id: number;
  kind: BudgetEventKind;
  month: string;
  simulated: number | null;
  detail: string;
  at: number;
  told_at: number | null;
}

const toEvent = (row: EventRow): BudgetEvent => ({
  id: row.id,
  kind: row.kind,
  month: row.month,
  simulated: row.simulated === null ? null : row.simulated === 1,
  detail: JSON.parse(row.detail) as EventDetail,
  at: row.at,
  toldAt: row.told_at,
});

/** Writes an event, with the deed in one transaction. True where it is new. */
export function noteBudgetEvent(store: Store, event: NewBudgetEvent): boolean {
  // Asked first: a refused insert would use up an id each time that a threshold is looked at.
  if (store.get('SELECT 1 FROM budget_events WHERE key = ?', event.key)) return false;
  store.run(
    'INSERT INTO budget_events (key, kind, month, simulated, detail, at) VALUES (?, ?, ?, ?, ?, ?)',
    event.key,
    event.kind,
    event.month,
    event.simulated === null ? null : Number(event.simulated),
    JSON.stringify(event.detail),
    event.at,
  );
  return true;
}

/** The newest events, newest first; of one month where it is given. */
export function budgetEvents(store: Store, { month, limit }: { month?: string | undefined; limit: number }) {
  return store
    .all<EventRow>(
      'SELECT * FROM budget_events WHERE (?1 IS NULL OR month = ?1) ORDER BY id DESC LIMIT ?2',
      month ?? null,
      limit,
    )
    .map(toEvent);
}

/** Events that nobody was told of, oldest first. */
export function untoldBudgetEvents(store: Store): BudgetEvent[] {
  return store.all<EventRow>('SELECT * FROM budget_events WHERE told_at IS NULL ORDER BY id').map(toEvent);
}

export function budgetEventTold(store: Store, id: number, at: number): void {
  store.run('UPDATE budget_events SET told_at = ? WHERE id = ? AND told_at IS NULL', at, id);
}

/** Events of a job or its node, oldest first: why it was let through, refused or warned of. */
export function budgetEventsOf(store: Store, jobId: number, nodeId: string | null): BudgetEvent[] {
  return store
    .all<EventRow>(
      `SELECT * FROM budget_events WHERE json_extract(detail, '$.jobId') = ?1
         OR (?2 IS NOT NULL AND json_extract(detail, '$.nodeId') = ?2) ORDER BY id`,
      jobId,
      nodeId,
    )
    .map(toEvent);
}
