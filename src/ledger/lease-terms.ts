import { monthOf, monthSpan, overlapMs, type Span } from '../cost/calendar.ts';

/**
 * Why a stretch is billed. `paid`: within a lease that fitted the budget. `allowed`: an administrator let it past the
 * budget. `orphan`: a machine that no row knew. `overrun`: outside its lease, since the provider took longer than the
 * end margin to end it, or told of it late.
 */
export type EntryKind = 'paid' | 'allowed' | 'orphan' | 'overrun';

/** A stretch of a lease: from where the one before it ends until `untilMs` after the opening. */
export interface LeaseTerm {
  untilMs: number;
  kind: Exclude<EntryKind, 'overrun'>;
}

/** What a lease keeps paid, and when. */
export interface LeaseWindow {
  openedAt: number;
  leasedMs: number;
  terms: readonly LeaseTerm[];
}

/** Adds a stretch to a lease's terms; one of the same kind as the last only moves its end. */
export function withTerm(terms: readonly LeaseTerm[], term: LeaseTerm): LeaseTerm[] {
  const last = terms.at(-1);
  return last?.kind === term.kind ? [...terms.slice(0, -1), term] : [...terms, term];
}

/**
 * Cuts a billed interval by kind. In each month it may use as many milliseconds of each term as the lease kept there;
 * what exceeds them is overrun. So a clock that runs some seconds beside ours makes no overrun, and yet no month is
 * ever booked more as paid than was checked against its budget. `spared` is kept back from each month's paid time.
 * The pieces touch and cover the interval; an empty interval is one empty piece.
 */
export function cutInterval(
  interval: Span,
  lease: LeaseWindow,
  timeZone: string,
  sparedMs: (month: string) => number = () => 0,
): { from: number; to: number; kind: EntryKind }[] {
  const pieces: { from: number; to: number; kind: EntryKind }[] = [];
  const add = (from: number, to: number, kind: EntryKind): void => {
    if (to <= from) return;
    const last = pieces.at(-1);
    if (last?.kind === kind) last.to = to;
    else pieces.push({ from, to, kind });
  };
  for (let at = interval.from; at < interval.to; ) {
    const month = monthOf(at, timeZone);
    const span = monthSpan(month, timeZone);
    const until = Math.min(interval.to, span.to);
    let spared = sparedMs(month);
    for (const { kind, ms } of keptIn(lease, span)) {
      const back = kind === 'paid' ? Math.min(spared, ms) : 0;
      spared -= back;
      const piece = Math.min(until, at + ms - back);
      add(at, piece, kind);
      at = Math.max(at, piece);
    }
    add(at, until, 'overrun');
    at = until;
  }
  if (pieces.length === 0) pieces.push({ ...interval, kind: lease.terms[0]?.kind ?? 'paid' });
  return pieces;
}

/** What each term keeps within a span, in order, milliseconds. */
export function keptIn(lease: LeaseWindow, span: Span): { kind: LeaseTerm['kind']; ms: number }[] {
  let from = lease.openedAt;
  return lease.terms.map(({ untilMs, kind }) => {
    const to = lease.openedAt + untilMs;
    const ms = overlapMs({ from, to }, span);
    from = Math.max(from, to);
    return { kind, ms };
  });
}
