import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMasker, secretsOf } from './mask.ts';

function masked(secrets: readonly string[], chunks: readonly Uint8Array[]): string {
  const masker = createMasker(secrets);
  const out = chunks.map((chunk) => masker.push(chunk));
  return Buffer.concat([...out, masker.end()]).toString();
}

test('masks whole, cut anywhere, and next to each other', () => {
  const text = 'a secret-one, secret-onesecret-one and secret-on';
  const expected = 'a [MASKED], [MASKED][MASKED] and secret-on';
  for (let cut = 0; cut <= text.length; cut += 1)
    expect(masked(['secret-one'], [Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))])).toBe(
      expected,
    );
  expect(
    masked(
      ['secret-one'],
      [...text].map((char) => Buffer.from(char)),
    ),
  ).toBe(expected);
});

test('of two secrets the longer is masked, though the shorter is its beginning and comes first', () => {
  const bytes = [Buffer.from('x pass'), Buffer.from('word-long y password')];
  expect(masked(['password', 'password-long'], bytes)).toBe('x [MASKED] y [MASKED]');
});

test('shows at once what cannot be part of a secret', () => {
  const masker = createMasker(['secret-one']);
  expect(masker.push(Buffer.from('line\nsec')).toString()).toBe('line\n');
  expect(masker.push(Buffer.from('ond\n')).toString()).toBe('second\n');
});

test('lines of a long value count, blanks and short ones do not', () => {
  const values = ['', '  ', 'abc', '-----BEGIN-----\nshort\nlong enough line\n'];
  expect(secretsOf(values).map(String)).toEqual([
    '-----BEGIN-----\nshort\nlong enough line',
    'long enough line',
    '-----BEGIN-----',
  ]);
});

test('however it is cut, the result is that of the whole, and holds no secret', () => {
  const piece = fc.constantFrom('token-abc', 'token-', 'abc', 'tok', 'x', ' ', 'token-abcdef', 'ébc');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.array(fc.nat(60), { maxLength: 8 }),
      (pieces, cuts) => {
        const secrets = ['token-abc', 'token-abcdef'];
        const whole = Buffer.from(pieces.join(''));
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        const result = masked(secrets, chunks);
        expect(result).toBe(masked(secrets, [whole]));
        expect(result).not.toContain('token-abc');
      },
    ),
  );
});
