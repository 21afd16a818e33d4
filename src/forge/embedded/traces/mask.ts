/**
 * Overwrites each secret in `data` with `*`, byte for byte, so that the runner's offsets stay true. The runner masks
 * first (with `[MASKED]`); this is the second look. True where something was found. Secrets under 8 bytes are left:
 * masking those would hide ordinary words.
 */
export function maskInPlace(data: Buffer, secrets: readonly string[]): boolean {
  let found = false;
  for (const secret of secrets) {
    const bytes = Buffer.from(secret);
    if (bytes.length < 8) continue;
    for (let at = data.indexOf(bytes); at >= 0; at = data.indexOf(bytes, at + bytes.length)) {
      data.fill(0x2a, at, at + bytes.length);
      found = true;
    }
  }
  return found;
}
