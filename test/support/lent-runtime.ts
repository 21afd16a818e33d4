import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rememberBaseLayer } from '../../src/images/base-layer.ts';
import { ensureRuntimeTree } from '../../src/runtime/tree.ts';
import { run } from '../../src/shared/subprocess.ts';

const folder = 'SETO_LENT_RUNTIME';

/** Makes the folder of the runtime tree that all platforms of one run of the tests share, and takes it away again. */
export default function setup(): () => void {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-lent-'));
  process.env[folder] = dir;
  return () => rmSync(dir, { recursive: true, force: true });
}

/**
 * Gives a new data folder the runtime tree as links to one that is made once a run: each platform of the tests would
 * spend six seconds of processor time on its own. A test that changes the tree's files must not take this.
 */
export async function lendRuntime(dataDir: string): Promise<void> {
  const shared = process.env[folder];
  if (shared === undefined) return;
  const { dir } = await ensureRuntimeTree(shared, { prepare: rememberBaseLayer });
  const runtime = path.join(dataDir, 'runtime');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const { code } = await run(['cp', '-al', dir, runtime], { timeoutMs: 30_000 });
  // On another disk there can be no links: the platform makes its own.
  if (code !== 0) rmSync(runtime, { recursive: true, force: true });
}
