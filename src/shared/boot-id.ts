import { readFileSync } from 'node:fs';

/** Names this run of the machine's kernel, which the monotonic clock counts from; null where it cannot be read. */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
