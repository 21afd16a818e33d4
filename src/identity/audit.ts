import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';

/** Writes one audit row; call it inside the transaction of the change it tells of. */
export type Audit = (actor: string, action: string, subject: string, detail?: object) => void;

export function createAudit(store: Store, clock: Clock): Audit {
  return (actor, action, subject, detail = {}) => {
    store.run(
      'INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)',
      clock.now(),
      actor,
      action,
      subject,
      JSON.stringify(detail),
    );
  };
}
