import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { fault } from '../shared/errors.ts';

/**
 * Unpacks a layer in a sandbox of its own with that one folder writable: the control plane itself expands no archive
 * (trust.md 2). The runtime tree brings the program, so the host needs none. Throws `image.bad_archive`.
 */
export function sandboxedUnpack(
  sandbox: Sandbox,
  runtimeDir: string,
): (layer: Readable, folder: string) => Promise<void> {
  return async (layer, folder) => {
    const isolated = sandbox.ability.isolation === 'bubblewrap';
    const tree = isolated ? '/opt/seto' : runtimeDir;
    const target = isolated ? '/layer' : folder;
    const confined = await sandbox.confine({
      argv: [path.join(tree, 'bin/node'), path.join(tree, 'app/src/images/unpack-main.ts'), target],
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
      const errors: Buffer[] = [];
      child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
      const ended = new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      const fed = pipeline(layer, child.stdin).catch((error: unknown) => error);
      const code = await ended;
      const broken = await fed;
      if (code !== 0) throw fault('image.bad_archive', { reason: Buffer.concat(errors).toString().trim() });
      if (broken instanceof Error) throw broken;
    } finally {
      await confined.release();
    }
  };
}
