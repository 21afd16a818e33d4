import { spawn } from 'node:child_process';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..');

/** Runs a script of this tree under this very Node, its output passed through; true where it exits with 0. */
export async function runStep(
  title: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const started = performance.now();
  process.stdout.write(`\n── ${title}\n`);
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [...argv], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.on('error', reject);
    child.on('exit', resolve);
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`── ${title}: ${code === 0 ? 'passed' : `FAILED (exit ${code})`} in ${seconds} s\n`);
  return code === 0;
}
