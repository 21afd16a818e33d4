import type { Readable } from 'node:stream';
import { fault } from '../shared/errors.ts';

/**
 * The chunks of a body, ended with `storage.stalled` after `stallMs` without one. The time a slow disk takes between
 * chunks does not count. No limit on the whole. The body is left to its owner, who may still have to answer on its
 * connection.
 */
export async function* withoutStall(body: Readable, stallMs: number): AsyncGenerator<Buffer> {
  const chunks = body.iterator({ destroyOnReturn: false });
  // It may still fail when nobody reads it any more.
  body.on('error', () => undefined);
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(fault('storage.stalled', { seconds: stallMs / 1000 })), stallMs);
    });
    try {
      const next = (await Promise.race([chunks.next(), silence])) as IteratorResult<Buffer | string>;
      if (next.done) return;
      yield typeof next.value === 'string' ? Buffer.from(next.value) : next.value;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `1,234 bytes`, `1.2 MB`, `3.4 GB`, for messages (powers of ten). */
export function bytesOf(bytes: number): string {
  if (bytes < 1e6) return `${bytes.toLocaleString('en')} bytes`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
