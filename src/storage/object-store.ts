import type { Readable } from 'node:stream';

export interface StoredObject {
  key: string;
  size: number;
  /** Lower-case hex; null where a foreign store does not know it. */
  sha256: string | null;
}

/**
 * Where bytes live. Keys are relative paths of `[A-Za-z0-9._-]` parts joined by `/`.
 * Lifecycle: made once by compose, used until the process ends. Concurrency: any number of calls at once; two puts
 * of one key leave one whole object, the last to finish. Idempotence: put and delete may be repeated.
 * Durability: when put returns, the object survives a power cut.
 */
export interface ObjectStore {
  /**
   * Streams a body in (never buffered above 1 MB). `expected` makes a body of other size or digest fail with
   * `storage.mismatch`, leaving nothing. 60 s without a byte end it with `storage.stalled`. Errors: `core.no_space`.
   */
  put(
    key: string,
    body: Readable,
    expected?: { size?: number; sha256?: string },
  ): Promise<{ size: number; sha256: string }>;
  /** The object's bytes, or `range` of them (first and last offset, inclusive); null where there is none. */
  get(key: string, range?: { first: number; last: number }): Promise<Readable | null>;
  head(key: string): Promise<StoredObject | null>;
  /** True where something was deleted. */
  delete(key: string): Promise<boolean>;
  /** Keys under `prefix` in byte order, after `after`, at most 1,000 a call. */
  list(prefix: string, after?: string): Promise<StoredObject[]>;
}

/** Where content-addressed bytes lie: `blobs/ab/abcdef…` by their SHA-256, shared by data sets, images and artifacts. */
export function blobKey(sha256: string): string {
  return `blobs/${sha256.slice(0, 2)}/${sha256}`;
}
