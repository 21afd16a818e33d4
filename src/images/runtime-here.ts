import os from 'node:os';
import path from 'node:path';
import { ensureRuntimeTree, ownRuntimeTree } from '../runtime/tree.ts';
import { rememberBaseLayer } from './base-layer.ts';

/**
 * The runtime tree to build images from: the one this program runs from (in every job), else one in the user's cache
 * folder, made at the first build outside of a job.
 */
export async function runtimeHere(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const own = ownRuntimeTree();
  if (own !== null) return own.dir;
  const cache = env['XDG_CACHE_HOME'] || path.join(env['HOME'] || os.homedir(), '.cache');
  return (await ensureRuntimeTree(path.join(cache, 'seto/runtime'), { prepare: rememberBaseLayer })).dir;
}
