import type { ErrorEntry } from '../text/format.ts';

/** A finding in a CI file: message and remedy in both languages. */
export function finding(en: string, ja: string, remedyEn: string, remedyJa: string): ErrorEntry {
  return { status: 422, exit: 2, en, ja, remedy: { en: remedyEn, ja: remedyJa } };
}
