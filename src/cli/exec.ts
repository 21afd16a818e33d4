import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../shared/program.ts';
import type { Cli } from './cli.ts';

/** In a checkout; the runtime tree's own Node finds `seto/pictures` by itself. */
const preload = path.join(packageRoot, 'src/runtime/resolve-pictures.cjs');
const options = existsSync(preload) ? [`--require=${preload}`] : [];

/** `seto exec -- COMMAND`: a command as a job would run it: Seto's own Node first on PATH, `seto/pictures` found. */
export function register(program: Command, cli: Cli): void {
  program
    .command('exec')
    .description('Run a command with Seto’s own Node, as a job would')
    .argument('<command...>')
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText('after', '\nExample:\n  seto exec node generate.ts pictures')
    .action(async ([command = '', ...args]: string[]) => {
      const child = spawn(command, args, {
        stdio: 'inherit',
        cwd: cli.cwd,
        env: {
          ...process.env,
          PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
          NODE_OPTIONS: [process.env['NODE_OPTIONS'], ...options].filter(Boolean).join(' '),
        },
      });
      cli.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
      process.exitCode = await new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
      });
    });
}
