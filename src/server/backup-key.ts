import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { fault } from '../shared/errors.ts';

/** scrypt (RFC 7914) with 64 MB: about 0.3 s a guess; less makes guessing cheap, more fails on small machines. */
const cost = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };

/** The installation's key under a passphrase: salt (16 bytes), nonce (12), tag (16), ciphertext. */
export function lockKey(key: Uint8Array, passphrase: string): Buffer {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, cost), nonce);
  const body = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), body]);
}

/** @throws backup.passphrase */
export function unlockKey(locked: Uint8Array, passphrase: string): Buffer {
  const wrapping = scryptSync(passphrase, locked.subarray(0, 16), 32, cost);
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrapping, locked.subarray(16, 28), {
      authTagLength: 16,
    }).setAuthTag(locked.subarray(28, 44));
    return Buffer.concat([decipher.update(locked.subarray(44)), decipher.final()]);
  } catch (error) {
    throw fault('backup.passphrase', {}, { cause: error });
  }
}
