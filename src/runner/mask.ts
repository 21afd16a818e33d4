const replacement = Buffer.from('[MASKED]');

/** Replaces secrets in a stream of bytes, also where one is cut by the border of two chunks. */
export interface Masker {
  /** What may be shown now. Bytes that could be the beginning of a secret are held back. */
  push(chunk: Uint8Array): Buffer;
  /** What was held back. */
  end(): Buffer;
}

/**
 * Secrets as they are masked: the whole value, and of a value of several lines each line of at least 8 characters
 * (shorter ones, such as braces, would mask half the log). Longest first, so that the longer of two is taken.
 */
export function secretsOf(values: readonly string[]): Buffer[] {
  const all = new Set<string>();
  for (const value of values) {
    if (value.trim().length >= 4) all.add(value.trim());
    if (value.includes('\n'))
      for (const line of value.split('\n')) if (line.trim().length >= 8) all.add(line.trim());
  }
  return [...all].map((each) => Buffer.from(each)).sort((a, b) => b.length - a.length);
}

export function createMasker(values: readonly string[]): Masker {
  const secrets = secretsOf(values);
  let held: Buffer = Buffer.alloc(0);
  return {
    push: (chunk) => {
      let rest: Buffer = Buffer.concat([held, chunk]);
      const out: Buffer[] = [];
      for (let found = firstOf(rest, secrets); found !== null; found = firstOf(rest, secrets)) {
        if (isCut(rest, found.at, secrets)) break;
        out.push(rest.subarray(0, found.at), replacement);
        rest = rest.subarray(found.at + found.length);
      }
      const keep = beginningAt(rest, secrets);
      out.push(rest.subarray(0, keep));
      held = Buffer.from(rest.subarray(keep));
      return Buffer.concat(out);
    },
    end: () => {
      let rest = held;
      const out: Buffer[] = [];
      for (let found = firstOf(rest, secrets); found !== null; found = firstOf(rest, secrets)) {
        out.push(rest.subarray(0, found.at), replacement);
        rest = rest.subarray(found.at + found.length);
      }
      held = Buffer.alloc(0);
      return Buffer.concat([...out, rest]);
    },
  };
}

function firstOf(data: Buffer, secrets: readonly Buffer[]): { at: number; length: number } | null {
  let best: { at: number; length: number } | null = null;
  for (const secret of secrets) {
    const at = data.indexOf(secret);
    if (at >= 0 && (best === null || at < best.at)) best = { at, length: secret.length };
  }
  return best;
}

/** Whether a longer secret may begin no later than `at` and go on in the next chunk. */
function isCut(data: Buffer, at: number, secrets: readonly Buffer[]): boolean {
  return beginningAt(data, secrets) <= at;
}

/** Where the longest end of `data` begins that is the beginning of a secret; its length where there is none. */
function beginningAt(data: Buffer, secrets: readonly Buffer[]): number {
  const longest = secrets[0]?.length ?? 0;
  for (let at = Math.max(0, data.length - longest + 1); at < data.length; at += 1) {
    const tail = data.subarray(at);
    if (secrets.some((secret) => secret.length > tail.length && secret.subarray(0, tail.length).equals(tail)))
      return at;
  }
  return data.length;
}
