const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hrs: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  dy: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
  wk: 604_800_000,
  wks: 604_800_000,
  week: 604_800_000,
  weeks: 604_800_000,
  mo: 2_592_000_000,
  mos: 2_592_000_000,
  month: 2_592_000_000,
  months: 2_592_000_000,
  y: 31_557_600_000,
  yr: 31_557_600_000,
  yrs: 31_557_600_000,
  year: 31_557_600_000,
  years: 31_557_600_000,
};

/**
 * Milliseconds of GitLab's durations: `30m`, `1h 30m`, `2 weeks and 3 days`, `1:30:00`, a bare number of seconds.
 * Null where it is none, or where it is zero or less.
 */
export function parseDurationMs(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed.length > 100) return null;
  const ms = clock(trimmed) ?? words(trimmed);
  return ms !== null && ms > 0 && Number.isSafeInteger(ms) ? ms : null;
}

function clock(text: string): number | null {
  if (!/^\d+(?::\d{1,2}){1,2}(?:\.\d+)?$/.test(text)) return null;
  return Math.round(text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000);
}

function words(text: string): number | null {
  const cleaned = text.replace(/\band\b|,/g, ' ').replace(/\b(?:an?|one)\b/g, '1');
  const part = /(\d+(?:\.\d+)?)[ \t]*([a-z]*)/g;
  if (cleaned.replace(part, '').trim() !== '' || cleaned.trim() === '') return null;
  let total = 0;
  for (const [, amount, unit] of cleaned.matchAll(part)) {
    const size = unit === '' ? 1000 : UNITS_MS[unit ?? ''];
    if (size === undefined) return null;
    total += Number(amount) * size;
  }
  return Math.round(total);
}
