import { expect, test } from 'vitest';
import { systemClock } from '../shared/clock.ts';
import { openMigrated } from '../store/migrations.ts';
import { createIdentity } from './identity.ts';

test('the last administrator stays; another one may go, and their tokens with them', () => {
  const { users, authenticate } = createIdentity(openMigrated(':memory:'), systemClock);
  const first = users.create('hanako', true, 'system');
  users.create('taro', false, 'system');
  expect(() => users.remove(first.id, 'system')).toThrow('hanako');
  const second = users.create('jiro', true, 'system');
  const token = users.issueToken({ userId: first.id }, 'laptop', 'system');
  users.remove(first.id, 'system');
  expect(authenticate(token)).toBeNull();
  expect(users.list().map(({ name }) => name)).toEqual(['jiro', 'taro']);
  expect(() => users.remove(second.id, 'system')).toThrow('jiro');
});
