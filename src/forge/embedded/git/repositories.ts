import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { syncFolder } from '../../../shared/durable.ts';
import { run } from '../../../shared/subprocess.ts';
import { gitArgv, gitEnvironment, runGit, tryGit } from './git-command.ts';

/** One entry of a commit's tree. */
export interface TreeFile {
  path: string;
  oid: string;
  size: number;
}

export interface CommitInfo {
  title: string;
  message: string;
  author: string;
  /** ISO 8601. */
  timestamp: string;
}

/** Forty zeros: how git says "no commit". */
export const noCommit = '0'.repeat(40);

/** The bare repositories of all projects, at ROOT/GROUP/NAME.git. Calls may run at once; create may be repeated. */
export interface Repositories {
  folder(projectPath: string): string;
  exists(projectPath: string): boolean;
  create(projectPath: string, defaultBranch: string): Promise<void>;
  /** Branches and tags by full name, and the object each holds (a tag object, not its commit). */
  refValues(projectPath: string): Promise<Map<string, string>>;
  /** The commit a full ref or a hash stands for; null where there is none. */
  commitOf(projectPath: string, revision: string): Promise<string | null>;
  /** Every file of a commit, symbolic links and submodules left out. */
  files(projectPath: string, commit: string): Promise<TreeFile[]>;
  /** The contents of blobs by their ids, in the same order; null for what is missing. */
  blobs(projectPath: string, oids: readonly string[]): Promise<(Buffer | null)[]>;
  /** One file of a commit; null where there is none or it is larger than `limitBytes`. */
  read(projectPath: string, commit: string, file: string, limitBytes?: number): Promise<Buffer | null>;
  commitInfo(projectPath: string, commit: string): Promise<CommitInfo>;
  /** Paths that differ between two commits; null where `from` is unknown here. */
  changedFiles(projectPath: string, from: string, to: string): Promise<string[] | null>;
  /** Creates or moves a ref of ours; repeating it changes nothing. */
  setRef(projectPath: string, ref: string, commit: string): Promise<void>;
  /** Packs what has become many files; does nothing below git's own thresholds. Safe beside pushes and fetches. */
  tidy(projectPath: string): Promise<void>;
}

export function createRepositories(root: string): Repositories {
  const folder = (projectPath: string) => path.join(root, `${projectPath}.git`);
  const files = async (projectPath: string, commit: string): Promise<TreeFile[]> => {
    const out = await runGit(folder(projectPath), ['ls-tree', '-r', '-z', '-l', '--full-tree', commit]);
    return out
      .toString()
      .split('\0')
      .flatMap((line) => {
        const match = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line);
        return match?.[1] && match[3] ? [{ oid: match[1], size: Number(match[2]), path: match[3] }] : [];
      });
  };
  const blobs = async (projectPath: string, oids: readonly string[]): Promise<(Buffer | null)[]> => {
    if (oids.length === 0) return [];
    const out = await runGit(folder(projectPath), ['cat-file', '--batch'], { input: `${oids.join('\n')}\n` });
    const found: (Buffer | null)[] = [];
    for (let at = 0; at < out.length; ) {
      const end = out.indexOf(10, at);
      const header = out.subarray(at, end).toString().split(' ');
      at = end + 1;
      if (header[1] !== 'blob') {
        found.push(null);
        continue;
      }
      const size = Number(header[2]);
      found.push(out.subarray(at, at + size));
      at += size + 1;
    }
    return found;
  };
  return {
    folder,
    exists: (projectPath) => existsSync(path.join(folder(projectPath), 'HEAD')),
    create: async (projectPath, defaultBranch) => {
      const target = folder(projectPath);
      mkdirSync(path.dirname(target), { recursive: true });
      const made = await run(
        gitArgv([
          'init',
          '--quiet',
          '--bare',
          '--template=',
          `--initial-branch=${defaultBranch}`,
          '--',
          target,
        ]),
        { env: gitEnvironment(), timeoutMs: 60_000 },
      );
      if (made.code !== 0) throw new Error(`git init ended with ${made.code}: ${made.stderr}`);
      syncFolder(target);
      syncFolder(path.dirname(target));
    },
    refValues: async (projectPath) => {
      const out = await runGit(folder(projectPath), [
        'for-each-ref',
        '--format=%(refname) %(objectname)',
        'refs/heads',
        'refs/tags',
      ]);
      const refs = new Map<string, string>();
      for (const line of out.toString().split('\n')) {
        const [name, oid] = line.split(' ');
        if (name && oid) refs.set(name, oid);
      }
      return refs;
    },
    commitOf: async (projectPath, revision) => {
      const result = await tryGit(folder(projectPath), [
        'rev-parse',
        '--verify',
        '--quiet',
        '--end-of-options',
        `${revision}^{commit}`,
      ]);
      return result.code === 0 ? result.stdout.toString().trim() : null;
    },
    files,
    blobs,
    read: async (projectPath, commit, file, limitBytes = 1024 * 1024) => {
      const out = await runGit(folder(projectPath), [
        'ls-tree',
        '-z',
        '-l',
        '--full-tree',
        commit,
        '--',
        `:(literal)${file}`,
      ]);
      const match = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t/.exec(out.toString());
      if (!match?.[1] || Number(match[2]) > limitBytes) return null;
      return (await blobs(projectPath, [match[1]]))[0] ?? null;
    },
    commitInfo: async (projectPath, commit) => {
      const out = await runGit(folder(projectPath), [
        'log',
        '-1',
        '--no-color',
        '--format=%s%x00%an <%ae>%x00%aI%x00%B',
        '--end-of-options',
        commit,
      ]);
      const [title = '', author = '', timestamp = '', message = ''] = out.toString().split('\0');
      return { title, author, timestamp, message: message.trimEnd().slice(0, 100_000) };
    },
    changedFiles: async (projectPath, from, to) => {
      const result = await tryGit(folder(projectPath), [
        'diff-tree',
        '-r',
        '-z',
        '--name-only',
        '--no-renames',
        '--end-of-options',
        from,
        to,
      ]);
      return result.code === 0
        ? result.stdout
            .toString()
            .split('\0')
            .filter((name) => name !== '')
        : null;
    },
    setRef: async (projectPath, ref, commit) => {
      await runGit(folder(projectPath), ['update-ref', '--', ref, commit]);
    },
    tidy: async (projectPath) => {
      // Objects younger than two weeks stay, so a push under way loses nothing.
      await runGit(
        folder(projectPath),
        ['-c', 'gc.auto=6700', '-c', 'gc.autoDetach=false', 'gc', '--auto', '--quiet', '--prune=2.weeks.ago'],
        { timeoutMs: 30 * 60_000 },
      );
    },
  };
}
