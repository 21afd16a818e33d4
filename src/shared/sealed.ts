import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeDurably } from './durable.ts';

/** Seals what must be read back (CI variables, issuer keys) with a key that lies outside the database. */
export interface Seal {
  /** `context` is bound to the text: a sealed value moved to another row does not open there. */
  seal(text: string, context: string): string;
  /** Throws where the value was changed, sealed in another context, or with another key. */
  open(sealed: string, context: string): string;
}

/** AES-256-GCM (NIST SP 800-38D): `v1.` + base64url of nonce (12 bytes), tag (16 bytes) and ciphertext. */
export function createSeal(key: Uint8Array): Seal {
  return {
    seal: (text, context) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open: (sealed, context) => {
      const bytes = Buffer.from(sealed.replace(/^v1\./, ''), 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
  };
}

/** The installation's key file (32 random bytes, 0600); made at the first start. */
export async function readOrCreateKey(file: string): Promise<Uint8Array> {
  if (!existsSync(file)) await writeDurably(file, randomBytes(32), 0o600);
  return readFileSync(file);
}
