import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { unbundled } from './bundle.ts';

const names = z.record(z.string(), z.string()).default({});
const systems = z.union([z.string().transform((one) => [one]), z.array(z.string())]).optional();
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      dependencies: names,
      optionalDependencies: names,
      os: systems,
      cpu: systems,
      libc: systems,
    }),
  ),
});

/**
 * Not followed: what only the control plane's own listener needs (the tree runs jobs, nodes, gate and model servers),
 * what draws pictures as PNG on the machine where Seto is installed, what builds the tree, and what a package needs for its install script only.
 */
const notFollowed = new Set([
  ' fastify',
  ' esbuild',
  ' @resvg/resvg-js',
  ' @expo-google-fonts/biz-udpgothic',
  'node_modules/onnxruntime-node adm-zip',
  'node_modules/onnxruntime-node global-agent',
]);

/** An installed package that belongs to the runtime. */
export interface RuntimePackage {
  /** `node_modules/…`, relative to the package's root. */
  folder: string;
  /** The registry's digest of its contents: names it without reading it. */
  integrity: string;
  /** Whether our built programs contain it; else it lies in the tree as it is. */
  bundled: boolean;
}

/** How the programs are built: the registry's digest of the bundler. */
export function bundlerIntegrity(root: string): string {
  return readLock(root)['node_modules/esbuild']?.integrity ?? '';
}

/**
 * The installed packages that `dependencies` of package.json reach, from package-lock.json by npm's own look-up
 * (nearest node_modules upwards), without what is for other systems. A package that both a built program and one that
 * stays apart need lies in the tree too. Sorted by folder.
 */
export function productionPackages(root: string): RuntimePackage[] {
  const packages = readLock(root);
  const found = new Map<string, RuntimePackage>();
  const visit = (from: string, bundled: boolean): void => {
    const entry = packages[from];
    if (entry === undefined) return;
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      const folder = resolveFrom(from, name, packages);
      if (notFollowed.has(`${from} ${name}`)) continue;
      if (folder === null || !existsSync(path.join(root, folder))) continue;
      const inBundle = bundled && !(unbundled as readonly string[]).includes(name);
      const known = found.get(folder);
      if (known !== undefined && (inBundle || !known.bundled)) continue;
      const target = packages[folder];
      if (!fits(target?.os, 'linux') || !fits(target?.cpu, 'x64') || !fits(target?.libc, 'glibc')) continue;
      if (onlyForBare(path.join(root, folder))) continue;
      found.set(folder, {
        folder,
        integrity: target?.integrity ?? target?.version ?? '',
        bundled: inBundle,
      });
      visit(folder, inBundle);
    }
  };
  visit('', true);
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function readLock(root: string): z.infer<typeof lockSchema>['packages'] {
  return lockSchema.parse(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))).packages;
}

function resolveFrom(from: string, name: string, packages: Readonly<Record<string, unknown>>): string | null {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const candidate = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
    if (at === '') return null;
  }
}

function fits(list: readonly string[] | undefined, wanted: string): boolean {
  return list === undefined || list.includes(wanted);
}

/** Some packages carry native add-ons for the Bare runtime only; Node never loads them. */
function onlyForBare(folder: string): boolean {
  const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const parsed = z
    .object({ engines: z.object({ bare: z.string(), node: z.string().optional() }) })
    .safeParse(manifest);
  return parsed.success && parsed.data.engines.node === undefined;
}
