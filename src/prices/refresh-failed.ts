import { fault, type SetoError } from '../shared/errors.ts';
import type { Phrase } from '../shared/text/format.ts';

/** A refresh that came to nothing; the book in force stays. */
export function refreshFailed(reason: Phrase): SetoError {
  return fault('cost.refresh_failed', { reason });
}
