import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { clean, fileGlob } from './file-glob.ts';

export interface PickedFile {
  /** Relative to the working copy, `/` between parts. */
  path: string;
  kind: 'file' | 'link';
}

export interface Picked {
  /** Sorted by path. */
  files: PickedFile[];
  /** Patterns that matched nothing. */
  missing: string[];
  /** Links that lead out of the working copy: an archive with one of them is refused where it is unpacked. */
  leftOut: string[];
}

/**
 * The files that patterns name: a folder that matches comes with everything in it; `exclude` takes single files away.
 * `.git` is left out unless a pattern names it. Links are kept as links and never followed; those that lead out are
 * left out (the interpreter of a Python virtual environment is one).
 */
export function pickFiles(
  root: string,
  patterns: readonly string[],
  exclude: readonly string[],
  untracked: readonly string[] = [],
): Picked {
  const wanted = patterns.map((pattern) => ({
    pattern,
    matches: fileGlob(pattern),
    hits: 0,
    start: fixedPart(pattern),
  }));
  const unwanted = exclude.map(fileGlob);
  const found = new Map<string, PickedFile>();
  const keep = (file: PickedFile) => {
    if (!unwanted.some((matches) => matches(file.path))) found.set(file.path, file);
  };
  const named = (at: string): boolean => {
    let hit = false;
    for (const each of wanted)
      if (each.matches(at)) {
        each.hits += 1;
        hit = true;
      }
    return hit;
  };
  const visit = (folder: string, inside: boolean): void => {
    for (const entry of entries(path.join(root, folder))) {
      const at = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const own = named(at);
      if (entry.isDirectory()) {
        const relevant = inside || own || wanted.some(({ start }) => leadsTo(at, start));
        if (relevant && (at !== '.git' || own || wanted.some(({ start }) => start.startsWith('.git'))))
          visit(at, inside || own);
      } else if ((inside || own) && entry.isFile()) keep({ path: at, kind: 'file' });
      else if ((inside || own) && entry.isSymbolicLink()) keep({ path: at, kind: 'link' });
    }
  };
  const everything = wanted.filter(({ pattern }) => clean(pattern) === '' || clean(pattern) === '.');
  for (const each of everything) each.hits += 1;
  visit('', everything.length > 0);
  const files = [...found.values()];
  for (const each of untracked)
    if (!found.has(each) && !unwanted.some((matches) => matches(each)))
      files.push({ path: each, kind: isLink(path.join(root, each)) ? 'link' : 'file' });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const out = (file: PickedFile) => file.kind === 'link' && leadsOut(root, file.path);
  return {
    files: files.filter((file) => !out(file)),
    missing: wanted.filter(({ hits }) => hits === 0).map(({ pattern }) => pattern),
    leftOut: files.filter(out).map((file) => file.path),
  };
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** As `unpackZip` judges it. */
function leadsOut(root: string, link: string): boolean {
  const target = readlinkSync(path.join(root, link));
  const goal = path.join(path.dirname(link), target);
  return path.isAbsolute(target) || goal === '..' || goal.startsWith('../');
}

/** The folders of a pattern before its first wildcard: nothing outside them is walked. */
function fixedPart(pattern: string): string {
  const parts = clean(pattern).split('/');
  const wild = parts.findIndex((part) => /[*?[{\\]/.test(part));
  return (wild < 0 ? parts : parts.slice(0, wild)).join('/');
}

function leadsTo(folder: string, start: string): boolean {
  return start === '' || start === folder || start.startsWith(`${folder}/`) || folder.startsWith(`${start}/`);
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
