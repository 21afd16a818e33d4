import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * What Node is started with: the command line, git's credential helper, helpers that run in a sandbox, the model
 * server, and `seto/pictures`. As written they lie below `src/`; the runtime tree holds them built, below `dist/`.
 */
export const programs = [
  'main',
  'client/git-credential-main',
  'gate/evaluate-main',
  'images/unpack-main',
  'runner/archive/archive-main',
  'serving/main',
  'serving/pictures',
] as const;
export type Program = (typeof programs)[number];

/** The package this program runs from: a checkout, an installed package, or `app/` of a runtime tree. */
export const packageRoot: string = nearestPackage(import.meta.dirname);

/** Absolute path of a program of ours, written or built as this one is. */
export function programFile(program: Program): string {
  const built = path.extname(import.meta.filename) !== '.ts';
  return path.join(packageRoot, built ? builtProgram(program) : `src/${program}.ts`);
}

/** Where a built program lies, relative to the package's root. */
export function builtProgram(program: Program): string {
  return `dist/${program}.js`;
}

function nearestPackage(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : nearestPackage(path.dirname(folder));
}
