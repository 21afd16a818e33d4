import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const src = path.join(root, 'src');

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
  .map((entry) => path.join(entry.parentPath, entry.name));

interface Import {
  from: string;
  /** File of ours, or the package's name. */
  to: string;
  typeOnly: boolean;
  dynamic: boolean;
}

const imports: Import[] = files.flatMap((from) => importsOf(from));

function importsOf(from: string): Import[] {
  const text = readFileSync(from, 'utf8');
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'";]*?from\s+)?'([^']+)'|import\(\s*'([^']+)'\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    const specifier = match[2] ?? match[3];
    if (specifier === undefined || specifier.startsWith('node:')) continue;
    const to = specifier.startsWith('.')
      ? path.resolve(path.dirname(from), specifier)
      : packageName(specifier);
    found.push({ from, to, typeOnly: match[1] !== undefined, dynamic: match[3] !== undefined });
  }
  return found;
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** `src/api/contract/x.ts` → `api/contract`; else the first folder. */
function folderOf(file: string): string {
  const [first = '', second = ''] = path.relative(src, file).split(path.sep);
  return first === 'api' && second === 'contract' ? 'api/contract' : first;
}

const show = (file: string) => path.relative(root, file);

/** Folder → what its row in docs/architecture.md lists. */
const table = new Map<string, string[]>(
  [
    ...readFileSync(path.join(root, 'docs/architecture.md'), 'utf8').matchAll(
      /^\| `([\w/]+)` \| [^|]* \| ([^|]*)\|$/gm,
    ),
  ].map((row) => [
    row[1] ?? '',
    (row[2] ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  ]),
);

const ours = imports.filter((each) => each.to.startsWith(src));

/** Every file reachable from `start` by value imports, with the way there. */
function closure(start: string, follow: (each: Import) => boolean): Map<string, string[]> {
  const ways = new Map<string, string[]>([[start, [start]]]);
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift())
    for (const each of imports)
      if (each.from === at && !each.typeOnly && follow(each) && !ways.has(each.to)) {
        ways.set(each.to, [...(ways.get(at) ?? []), each.to]);
        if (each.to.startsWith(src)) queue.push(each.to);
      }
  return ways;
}

const way = (steps: readonly string[]) =>
  steps.map((step) => (path.isAbsolute(step) ? show(step) : step)).join(' → ');

describe('architecture', () => {
  it('has a row in docs/architecture.md for every folder', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== 'main.ts'));
    expect([...folders].filter((folder) => !table.has(folder))).toEqual([]);
  });

  it('imports only what the row of its folder lists', () => {
    const wrong = ours.filter(({ from, to }) => {
      const [here, there] = [folderOf(from), folderOf(to)];
      if (here === there || here === 'main.ts') return false;
      const allowed = table.get(here) ?? [];
      return !allowed.includes('*') && !allowed.includes(there);
    });
    expect(wrong.map(({ from, to }) => `${show(from)} → ${show(to)}`)).toEqual([]);
  });

  it('has no cycle between folders', () => {
    const edges = new Map<string, Set<string>>();
    for (const { from, to, typeOnly } of ours) {
      const [here, there] = [folderOf(from), folderOf(to)];
      if (here !== there && !typeOnly && here !== 'main.ts')
        edges.set(here, (edges.get(here) ?? new Set()).add(there));
    }
    const cycles: string[] = [];
    const visit = (folder: string, trail: string[]) => {
      if (trail.includes(folder))
        return void cycles.push([...trail.slice(trail.indexOf(folder)), folder].join(' → '));
      for (const next of edges.get(folder) ?? []) visit(next, [...trail, folder]);
    };
    for (const folder of edges.keys()) visit(folder, []);
    expect([...new Set(cycles)]).toEqual([]);
  });

  it('lets only server/ know drivers', () => {
    const driver = /\/(drivers|stores|targets)\/[^/]+\.ts$/;
    const wrong = ours.filter(
      ({ from, to }) =>
        driver.test(to) && folderOf(from) !== 'server' && path.dirname(from) !== path.dirname(to),
    );
    expect(wrong.map(({ from, to }) => `${show(from)} → ${show(to)}`)).toEqual([]);
  });

  it('keeps the database out of the command line', () => {
    const processes = ['up', 'down', 'demo', 'gateway', 'serve', 'node', 'backup', 'restore'];
    const verbs = files.filter(
      (file) =>
        path.dirname(file) === path.join(src, 'cli') && !processes.includes(path.basename(file, '.ts')),
    );
    const reached = verbs.flatMap((verb) => {
      const found = closure(verb, () => true).get(path.join(src, 'store/store.ts'));
      return found ? [way(found)] : [];
    });
    expect(reached).toEqual([]);
  });

  it('names no page in a comment that a reader does not find here', () => {
    const missing = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^\s*(?:\/\/|\/?\*).*?([\w/-]+\.md)\b/gm)]
        .map(([, page = '']) => page)
        .filter((page) => ![page, `docs/${page}`].some((each) => existsSync(path.join(root, each))))
        .map((page) => `${show(file)}: ${page}`),
    );
    expect(missing).toEqual([]);
  });

  it('loads onnxruntime only in serving/, and not with pictures.ts', () => {
    const loads = imports.filter(({ to }) => to === 'onnxruntime-node').map(({ from }) => folderOf(from));
    expect([...new Set(loads)]).toEqual(['serving']);
    const pictures = closure(path.join(src, 'serving/pictures.ts'), () => true);
    expect(way(pictures.get('onnxruntime-node') ?? [])).toBe('');
  });

  it('keeps native modules out of the client', () => {
    const reached = closure(path.join(src, 'client/credentials.ts'), () => true);
    expect(['sharp', 'onnxruntime-node'].map((name) => way(reached.get(name) ?? []))).toEqual(['', '']);
  });

  it('uses each package in one folder', () => {
    const homes = new Map<string, Set<string>>();
    for (const { from, to } of imports)
      if (!to.startsWith('/') && to !== 'seto')
        homes.set(to, (homes.get(to) ?? new Set()).add(folderOf(from)));
    // What every process or face needs in its own place: schemas, YAML, metrics of a process, multipart bodies.
    const everywhere = ['zod', 'commander', 'fastify', 'yaml', 're2js', 'prom-client', 'busboy'];
    const spread = [...homes].filter(([name, folders]) => folders.size > 1 && !everywhere.includes(name));
    expect(spread.map(([name, folders]) => `${name}: ${[...folders].join(', ')}`)).toEqual([]);
  });

  it('has no file over 400 lines and no name that says nothing', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 401).map(show);
    const vague = files
      .filter((file) => /(utils?|helpers?|manager|common)\b/.test(path.relative(src, file)))
      .map(show);
    expect({ long, vague }).toEqual({ long: [], vague: [] });
  });
});
