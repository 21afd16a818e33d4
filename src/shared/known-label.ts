import { fault } from './errors.ts';

/** Labels that a message lists; more would bury what it says. */
const listed = 20;

/**
 * Refuses a label that the model does not know: a typing error would become a class of its own at the next training.
 * `known` is null where nobody can say. @throws feedback.unknown_label
 */
export function requireKnownLabel(label: string, known: readonly string[] | null): void {
  if (known === null || known.includes(label)) return;
  const labels = known.slice(0, listed).join(', ') + (known.length > listed ? ', …' : '');
  throw fault('feedback.unknown_label', { label, labels });
}
