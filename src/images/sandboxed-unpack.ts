import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { treeProgram } from '../runtime/tree.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { fault } from '../shared/errors.ts';

/**
 * Unpacks a layer in a sandbox of its own with that one folder writable: the control plane itself expands no archive.
 * The runtime tree brings the program, so the host needs none. Throws `image.bad_archive`, and an AbortError after `stop`.
 */
export function sandboxedUnpack(
  sandbox: Sandbox,
  runtimeDir: string,
): (layer: Readable, folder: string, stop?: AbortSignal) => Promise<void> {
  return async (layer, folder, stop) => {
    const isolated = sandbox.ability.isolation === 'bubblewrap';
    const tree = isolated ? '/opt/seto' : runtimeDir;
    const target = isolated ? '/layer' : folder;
    const confined = await sandbox.confine({
      argv: [path.join(tree, 'bin/node'), path.join(tree, treeProgram('images/unpack-main')), target],
      env: { PATH: `${tree}/bin`, LANG: 'C.UTF-8' },
      cwd: '/',
      mounts: [
        { from: runtimeDir, to: tree },
        { from: folder, to: target, writable: true },
      ],
      hostSystem: true,
      tmpBytes: 16 * 1024 * 1024,
      network: 'none',
      limits: { memoryMb: 2048 },
    });
    try {
      const [program, ...args] = confined.argv;
      const child = spawn(program, args, { env: { ...confined.env }, stdio: ['pipe', 'ignore', 'pipe'] });
      const kill = () => child.kill('SIGKILL');
      stop?.addEventListener('abort', kill, { once: true });
      const errors: Buffer[] = [];
      child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
      const ended = new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      const fed = pipeline(layer, child.stdin).catch((error: unknown) => error);
      const code = await ended.finally(() => stop?.removeEventListener('abort', kill));
      const broken = await fed;
      stop?.throwIfAborted();
      if (code !== 0) throw fault('image.bad_archive', { reason: Buffer.concat(errors).toString().trim() });
      if (broken instanceof Error) throw broken;
    } finally {
      await confined.release();
    }
  };
}
