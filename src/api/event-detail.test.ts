import { expect, it } from 'vitest';
import type { Identity } from '../identity/identity.ts';
import type { Principal } from '../identity/principal.ts';
import type { BudgetEvent } from '../ledger/budget-events.ts';
import { detailFor } from './event-detail.ts';

const event: BudgetEvent = {
  ...{ id: 1, kind: 'allowed', month: '2026-11', simulated: true, at: 0, toldAt: null },
  detail: { nodeId: 'node-a', pool: 'train', projectId: 7, actor: 'user:1', priceYenPerHour: 30 },
};
const identity = {
  canSee: (principal: Principal) => principal.kind === 'user' && principal.userId !== 3,
  users: { byId: () => ({ name: 'hanako' }) },
} as unknown as Pick<Identity, 'canSee' | 'users'>;
const user = (userId: number, admin: boolean) =>
  ({ kind: 'user', userId, admin }) as unknown as Extract<Principal, { kind: 'user' }>;

it('names people to administrators and to themselves, and of others’ projects tells the amounts alone', () => {
  expect(detailFor(identity, user(9, true), event)).toEqual({ ...event.detail, actor: 'hanako' });
  expect(detailFor(identity, user(1, false), event)).toMatchObject({ actor: 'hanako' });
  expect(detailFor(identity, user(2, false), event)).toEqual(event.detail);
  expect(detailFor(identity, user(3, false), event)).toEqual({ priceYenPerHour: 30 });
});
