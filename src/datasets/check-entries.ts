import { splitOf } from '../shared/data-folder.ts';
import { fault, type SetoError } from '../shared/errors.ts';
import { type Lang, printable, type Values } from '../shared/text/format.ts';
import { type PhraseKey, say } from '../shared/text.ts';
import { labelOf, type ManifestEntry } from './manifest.ts';

/** Something in a data set that cannot be part of it. */
export interface DataProblem {
  path: string;
  problem: Extract<PhraseKey, `data.problem.${string}`>;
  values: Values;
}

export interface LabelCount {
  train: number;
  test: number;
}

/** Checks entries one after the other; what it found is asked at the end. */
export interface EntryCheck {
  /** @throws data.too_many */
  add(entry: ManifestEntry): void;
  /** For what is refused before it can be an entry (links, names that are not UTF-8). */
  refuse(path: string, problem: DataProblem['problem'], values?: Values): void;
  /** @throws data.refused with every problem (the first 50 by name); data.empty */
  finish(lang: Lang): void;
  readonly files: number;
  readonly bytes: number;
  /** Files of each label, by split; files at the root are in none. */
  readonly labels: Readonly<Record<string, LabelCount>>;
}

/**
 * Files of one data set. The control plane holds every name and content while it checks, some 0.4 kB a file: ten times
 * more would not fit beside the platform on a small machine, ten times fewer would refuse a line's pictures of a year.
 */
export const mostFiles = 1_000_000;

/** Problems shown by name; the number of all is told. */
const shownProblems = 50;

/**
 * The rules of a data set: paths are relative, NFC, without control characters; names differ by more than case; a
 * name is not both file and folder; a group is one word; one content has one label.
 */
export function checkEntries(): EntryCheck {
  const problems: DataProblem[] = [];
  let count = 0;
  let files = 0;
  let bytes = 0;
  const labels: Record<string, LabelCount> = {};
  /** Folded name of each file and folder → the name as it is; folders end with a slash. */
  const names = new Map<string, string>();
  const labelsOfContent = new Map<string, string>();
  const refuse = (path: string, problem: DataProblem['problem'], values: Values = {}): void => {
    count++;
    if (problems.length < shownProblems) problems.push({ path, problem, values });
  };
  const claim = (name: string, path: string): void => {
    const bare = name.endsWith('/') ? name.slice(0, -1) : name;
    const folded = bare.toLowerCase();
    const other = names.get(folded);
    if (other === undefined) names.set(folded, name);
    // A file's name that comes twice was two names on disk, made one by the normal form.
    else if (other !== name || bare === name)
      refuse(path, 'data.problem.clash', { other: other.endsWith('/') ? other.slice(0, -1) : other });
  };
  let lastFolder = '';
  return {
    add: (entry) => {
      const { path, group, sha256, size } = entry;
      files++;
      refuseTooMany(files);
      bytes += size;
      const bad = problemOfPath(path);
      if (bad !== null) return refuse(path, bad);
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      if (folder !== lastFolder)
        for (let end = folder.indexOf('/'); end !== -1; end = folder.indexOf('/', end + 1))
          claim(folder.slice(0, end + 1), path);
      lastFolder = folder;
      claim(path, path);
      if (!/^[^\s]{1,200}$/u.test(group)) refuse(path, 'data.problem.group', { group });
      const label = labelOf(path);
      if (label === null) return;
      const split = splitOf(group);
      labels[label] ??= { train: 0, test: 0 };
      labels[label][split]++;
      const other = labelsOfContent.get(sha256);
      if (other === undefined) labelsOfContent.set(sha256, label);
      else if (other !== label) refuse(path, 'data.problem.two_labels', { other, label });
    },
    refuse,
    finish: (lang) => {
      if (count > 0) throw refusal(problems, count, lang);
      if (files === 0) throw fault('data.empty');
    },
    get files() {
      return files;
    },
    get bytes() {
      return bytes;
    },
    labels,
  };
}

/** @throws data.too_many */
export function refuseTooMany(files: number): void {
  if (files > mostFiles) throw fault('data.too_many', { limit: mostFiles });
}

function refusal(problems: readonly DataProblem[], count: number, lang: Lang): SetoError {
  const lines = problems.map(
    ({ path, problem, values }) => `  ${printable(path)}: ${say(lang, problem, values)}`,
  );
  if (count > problems.length) lines.push(`  … ${count - problems.length}`);
  return fault('data.refused', { count, list: lines.join('\n') });
}

/** Throws `data.bad_name` for what cannot be the name of a data set. */
export function checkName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) throw fault('data.bad_name', { name });
}

/** What is wrong with a path, or null. Both sides ask: a hostile snapshot must not lead a pull out of its folder. */
export function problemOfPath(path: string): DataProblem['problem'] | null {
  if (/\p{Cc}/u.test(path)) return 'data.problem.control';
  if (path.normalize('NFC') !== path) return 'data.problem.normal_form';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'data.problem.climbs';
  if (Buffer.byteLength(path) > 1000 || parts.some((part) => Buffer.byteLength(part) > 255))
    return 'data.problem.too_long';
  if (path === 'groups.csv' || parts.some((part) => part.startsWith('.'))) return 'data.problem.reserved';
  return null;
}
