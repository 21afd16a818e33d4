import path from 'node:path';
import { programs } from '../shared/program.ts';

/**
 * Stay packages of their own: native add-ons find their libraries beside them; fastify, the bundler and
 * what draws PNGs belong to the control plane's machine, and it does not run from the tree.
 */
export const unbundled = ['sharp', 'onnxruntime-node', 'fastify', 'esbuild', '@resvg/resvg-js'] as const;

/** CommonJS packages ask for Node's own modules by `require`, which a module does not have. */
const requireForModules =
  'import { createRequire as createRequireOf } from "node:module"; const require = createRequireOf(import.meta.url);';

/**
 * Our programs as JavaScript with the packages they use, as files below `dist/`. `seto` starts from them in a third of
 * the processor time: no types to strip, and some ten files to read instead of two hundred and fifty. The same input
 * gives the same bytes.
 */
export async function bundlePrograms(root: string): Promise<{ path: string; bytes: Buffer }[]> {
  // Loaded only where a tree is built, so that no long-lived process carries it.
  const { build, stop } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: programs.map((program) => `src/${program}.ts`),
    outbase: 'src',
    outdir: 'dist',
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: [...unbundled],
    banner: { js: requireForModules },
    legalComments: 'none',
    logLevel: 'silent',
  });
  // It leaves a helper of 180 MB waiting for more.
  await stop();
  return outputFiles.map((file) => ({
    path: path.relative(root, file.path),
    bytes: Buffer.from(file.contents),
  }));
}
