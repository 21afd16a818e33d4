import { createHash, randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new id such as `node-7f3k…`: 60 random bits in Crockford's base 32, safe in names, paths and host names. */
export function newId(kind: string): string {
  const bytes = randomBytes(12);
  return `${kind}-${Array.from(bytes, (byte) => alphabet[byte & 31]).join('')}`;
}

/** A new secret: 256 random bits with the prefix `seto_` that secret scanners can look for. */
export function newToken(): string {
  return `seto_${randomBytes(32).toString('base64url')}`;
}

/** SHA-256 in lower-case hex: how a token is stored and a blob is named. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
