import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSeal } from './sealed.ts';

it('opens only what was sealed with the same key for the same place', () => {
  const seal = createSeal(randomBytes(32));
  const sealed = seal.seal('秘密', 'variable:1:A');
  expect(sealed).not.toContain('秘密');
  expect(seal.open(sealed, 'variable:1:A')).toBe('秘密');
  expect(seal.seal('秘密', 'variable:1:A')).not.toBe(sealed);
  expect(() => seal.open(sealed, 'variable:2:A')).toThrow();
  expect(() => createSeal(randomBytes(32)).open(sealed, 'variable:1:A')).toThrow();
  const bytes = Buffer.from(sealed.slice(3), 'base64url');
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  expect(() => seal.open(`v1.${bytes.toString('base64url')}`, 'variable:1:A')).toThrow();
});
