import { createHash } from 'node:crypto';
import { fault } from '../shared/errors.ts';

/** One file of a snapshot: one line of its manifest, `sha256 SP size SP group SP path LF`. */
export interface ManifestEntry {
  sha256: string;
  /** Bytes. */
  size: number;
  /** Pictures of one part share it; it never straddles the split. */
  group: string;
  path: string;
}

/** The first folder of a path; null for a file at the root, which has no label. */
export function labelOf(path: string): string | null {
  const end = path.indexOf('/');
  return end === -1 ? null : path.slice(0, end);
}

function formatEntry({ sha256, size, group, path }: ManifestEntry): string {
  return `${sha256} ${size} ${group} ${path}\n`;
}

/** Order of the paths' UTF-8 bytes, without making bytes of them. */
export function comparePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogate pairs before U+E000…U+FFFF, UTF-8 after them. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

const linePattern = /^([0-9a-f]{64}) (0|[1-9]\d{0,14}) ([^\s]{1,200}) (.+)$/s;
/** Longest line that can be valid: digest, size, group (200 characters of 4 bytes), path (1,000 bytes). */
const longestLine = 64 + 15 + 800 + 1000 + 4;

/**
 * The entries of a manifest as it arrives, a chunk's worth at a time. Form and order are checked here, names and
 * contents by checkEntries.
 * @throws data.bad_manifest with the line
 */
export async function* readManifest(body: AsyncIterable<Buffer | string>): AsyncGenerator<ManifestEntry[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  let line = 0;
  let before: string | null = null;
  for await (const chunk of body) {
    try {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw fault('data.bad_manifest', { line: line + 1, problem: 'not UTF-8' }, { cause });
    }
    const entries: ManifestEntry[] = [];
    let from = 0;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', from)) {
      const entry = parseEntry(rest.slice(from, end), ++line);
      if (before !== null && comparePaths(before, entry.path) >= 0)
        throw fault('data.bad_manifest', {
          line,
          problem: 'not sorted by path, or a path stands there twice',
        });
      before = entry.path;
      entries.push(entry);
      from = end + 1;
    }
    rest = rest.slice(from);
    if (rest.length > longestLine) throw fault('data.bad_manifest', { line: line + 1, problem: 'too long' });
    if (entries.length > 0) yield entries;
  }
  if (rest !== '') throw fault('data.bad_manifest', { line: line + 1, problem: 'cut off' });
}

function parseEntry(text: string, line: number): ManifestEntry {
  const [, sha256, size, group, path] = linePattern.exec(text) ?? [];
  if (sha256 === undefined || group === undefined || path === undefined)
    throw fault('data.bad_manifest', { line, problem: 'expected `sha256 size group path`' });
  return { sha256, size: Number(size), group, path };
}

/** A manifest's bytes in pieces of about 64 KB. */
export async function* writeManifest(
  entries: Iterable<ManifestEntry> | AsyncIterable<ManifestEntry>,
): AsyncGenerator<Buffer> {
  let text = '';
  for await (const entry of entries) {
    text += formatEntry(entry);
    if (text.length < 65_536) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/** A snapshot's id: the SHA-256 of its manifest; with the manifest's length in bytes. */
export async function digestManifest(
  entries: Iterable<ManifestEntry> | AsyncIterable<ManifestEntry>,
): Promise<{ id: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of writeManifest(entries)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { id: hash.digest('hex'), bytes };
}
