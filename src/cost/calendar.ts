/** A half-open stretch of time, wall milliseconds. */
export interface Span {
  from: number;
  to: number;
}

const dayMs = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(at: number, timeZone: string): [number, number, number, number, number, number] {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const found = new Map(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  const get = (type: Intl.DateTimeFormatPartTypes) => found.get(type) ?? 0;
  return [get('year'), get('month'), get('day'), get('hour'), get('minute'), get('second')];
}

/** Milliseconds that the zone's clock is ahead of UTC at that moment. */
function offset(at: number, timeZone: string): number {
  const [year, month, day, hour, minute, second] = parts(at, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/**
 * Days whose beginning is remembered: some years of them. Fewer, and a report asks the zone's rules for each day of its
 * month again and again; more is memory for nothing.
 */
const startsKept = 4000;
const starts = new Map<string, number>();

/** The moment a calendar day begins in the zone (months and days may overflow, as in Date.UTC). */
function dayStart(year: number, month: number, day: number, timeZone: string): number {
  const local = Date.UTC(year, month - 1, day);
  const key = `${local} ${timeZone}`;
  const known = starts.get(key);
  if (known !== undefined) return known;
  // Midnight by the offsets of the day before and after: where clocks change at midnight it may come twice or never.
  const [early = local, late = local] = [local + dayMs, local - dayMs]
    .map((at) => local - offset(at, timeZone))
    .sort((one, other) => one - other);
  const [y, m, d] = parts(early, timeZone);
  const start = Date.UTC(y, m - 1, d) >= local ? early : late;
  if (starts.size >= startsKept) starts.clear();
  starts.set(key, start);
  return start;
}

/** `YYYY-MM` of a moment in the zone. */
export function monthOf(at: number, timeZone: string): string {
  for (const [month, { from, to }] of monthsIn(timeZone)) if (at >= from && at < to) return month;
  const [year, month] = parts(at, timeZone);
  return `${year}-${String(month).padStart(2, '0')}`;
}

/** `YYYY-MM-DD` of a moment in the zone. */
export function dayOf(at: number, timeZone: string): string {
  const last = lastDays.get(timeZone);
  if (last !== undefined && at >= last.from && at < last.to) return last.day;
  const [year, month, day] = parts(at, timeZone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** Months by zone that were asked for: every decision on the budget asks for one or two, and Intl is slow. */
const months = new Map<string, Map<string, Span>>();

function monthsIn(timeZone: string): Map<string, Span> {
  const known = months.get(timeZone) ?? new Map<string, Span>();
  months.set(timeZone, known);
  return known;
}

/** The day of each zone that was asked for last; mostly it is asked for again. */
const lastDays = new Map<string, Span & { day: string }>();

/** Where a month (`YYYY-MM`) begins and ends. */
export function monthSpan(month: string, timeZone: string): Span {
  const known = monthsIn(timeZone);
  let span = known.get(month);
  if (span === undefined) {
    const [year = 0, number = 1] = month.split('-').map(Number);
    span = { from: dayStart(year, number, 1, timeZone), to: dayStart(year, number + 1, 1, timeZone) };
    known.set(month, span);
  }
  return { ...span };
}

/** Where a day (`YYYY-MM-DD`) begins and ends. */
export function daySpan(day: string, timeZone: string): Span {
  const last = lastDays.get(timeZone);
  if (last?.day === day) return { from: last.from, to: last.to };
  const [year = 0, month = 1, number = 1] = day.split('-').map(Number);
  const from = dayStart(year, month, number, timeZone);
  const to = dayStart(year, month, number + 1, timeZone);
  lastDays.set(timeZone, { day, from, to });
  return { from, to };
}

/** The days of a span in order, the last one cut where it ends inside. */
export function daysOf(span: Span, timeZone: string): string[] {
  const days: string[] = [];
  for (let at = span.from; at < span.to; ) {
    const day = dayOf(at, timeZone);
    days.push(day);
    at = daySpan(day, timeZone).to;
  }
  return days;
}

/** Every month that a span touches. */
export function monthsOf(span: Span, timeZone: string): string[] {
  const months: string[] = [];
  for (let at = span.from; at < span.to; ) {
    const month = monthOf(at, timeZone);
    months.push(month);
    at = monthSpan(month, timeZone).to;
  }
  return months;
}

/** Milliseconds that two spans share. */
export function overlapMs(one: Span, other: Span): number {
  return Math.max(0, Math.min(one.to, other.to) - Math.max(one.from, other.from));
}
