import { monthSpan, monthsOf, overlapMs, type Span } from '../cost/calendar.ts';
import type { Store } from '../store/store.ts';
import { type EndSource, entriesOf, insertEntry, type Lease } from './lease-rows.ts';
import { cutInterval, type EntryKind, keptIn } from './lease-terms.ts';
import { noteEvent } from './ledger-events.ts';

interface Piece extends Span {
  kind: EntryKind;
}

/** Books what a node was billed for, one entry for each kind of it, and the event of an overrun. Inside a transaction. */
export function bookInterval(
  store: Store,
  timeZone: string,
  lease: Lease,
  { source, ...span }: Span & { source: EndSource },
  at: number,
): void {
  for (const piece of piecesOf(lease, span, timeZone)) insertEntry(store, { ...lease, ...piece, source }, at);
  noteOverrun(store, timeZone, lease, span, at);
}

/**
 * Replaces a node's entries by those of another interval. The room of its lease was given back when it was closed, so
 * time that comes on top is paid only where it still `fits` the budget; else it is overrun. Inside a transaction.
 */
export function correctInterval(
  store: Store,
  timeZone: string,
  lease: Lease,
  span: Span,
  { reason, at, fits }: { reason: string; at: number; fits(grown: Span): boolean },
): void {
  const old = entriesOf(store, lease.nodeId);
  const paid = (pieces: readonly Piece[], month: Span): number =>
    pieces.reduce((sum, piece) => sum + (piece.kind === 'paid' ? overlapMs(piece, month) : 0), 0);
  const cut = piecesOf(lease, span, timeZone);
  const spared = new Map<string, number>();
  for (const month of monthsOf(span, timeZone)) {
    const within = monthSpan(month, timeZone);
    const grownMs = paid(cut, within) - paid(old, within);
    const from = Math.max(span.from, within.from);
    if (grownMs <= 0 || fits({ from, to: from + grownMs })) continue;
    const kept = keptIn(lease, within).reduce((sum, { kind, ms }) => sum + (kind === 'paid' ? ms : 0), 0);
    spared.set(month, kept - paid(old, within));
  }
  const pieces = piecesOf(lease, span, timeZone, (month) => spared.get(month) ?? 0);
  for (let index = 0; index < Math.max(pieces.length, old.length); index++) {
    const replaced = old[index];
    // Each old entry is replaced, an empty one standing for what is no more.
    const piece = pieces[index] ?? { from: span.to, to: span.to, kind: replaced?.kind ?? 'paid' };
    const correction = { replaces: replaced?.id ?? null, reason };
    insertEntry(store, { ...lease, ...piece, source: 'provider' }, at, correction);
  }
  noteOverrunOf(store, timeZone, lease, pieces, at);
}

/** Tells of a node that is or was billed past its lease, once. Inside a transaction. */
export function noteOverrun(store: Store, timeZone: string, lease: Lease, span: Span, at: number): void {
  noteOverrunOf(store, timeZone, lease, piecesOf(lease, span, timeZone), at);
}

function noteOverrunOf(
  store: Store,
  timeZone: string,
  lease: Lease,
  pieces: readonly Piece[],
  at: number,
): void {
  const over = pieces.filter(({ kind }) => kind === 'overrun');
  const overMs = over.reduce((sum, { from, to }) => sum + to - from, 0);
  if (overMs === 0) return;
  const { nodeId, pool, simulated, projectId, price } = lease;
  noteEvent(store, timeZone, {
    ...{ kind: 'overrun', nodeId, pool, simulated, projectId, price, by: null, overMs, at },
  });
}

/** An orphan never had a lease to be cut by: all of it is of that kind. */
function piecesOf(lease: Lease, span: Span, timeZone: string, sparedMs?: (month: string) => number): Piece[] {
  if (lease.terms[0]?.kind === 'orphan') return [{ ...span, kind: 'orphan' }];
  return cutInterval(span, lease, timeZone, sparedMs);
}
