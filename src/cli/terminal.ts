import { constants } from 'node:os';
import type { Client } from '../client/client.ts';
import { connect } from '../client/credentials.ts';
import { fault } from '../shared/errors.ts';
import { run } from '../shared/subprocess.ts';
import type { Lang } from '../shared/text/format.ts';
import type { Cli, Progress } from './cli.ts';

/** The Cli of a real process. `close` ends the connection it opened. */
export function terminalCli(lang: Lang, signal: AbortSignal): Cli & { close(): Promise<void> } {
  let opened: Client | null = null;
  const { env } = process;
  // A reader that has seen enough (`seto job logs 1 | head`) closes the pipe. We end as any program does then, never
  // with 0: a gate that could not say no has not said yes.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(128 + constants.signals.SIGPIPE);
    });
  return {
    lang,
    env,
    cwd: process.cwd(),
    colours: showsColours(process.stdout, env),
    signal,
    print: (line) => void process.stdout.write(`${line}\n`),
    warn: (line) => void process.stderr.write(`${line}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    progress: (label) => (process.stderr.isTTY ? drawnProgress(label) : plainProgress(label)),
    client: async () => {
      opened ??= connect(env, lang);
      return opened;
    },
    projectHere: (given) => projectOf(given, env, process.cwd()),
    close: async () => {
      await opened?.close();
    },
  };
}

/** Colours are for eyes: a terminal, and none where NO_COLOR is set and not empty (no-color.org). */
export function showsColours(
  output: { isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return output.isTTY === true && !env['NO_COLOR'];
}

function drawnProgress(label: string): Progress {
  let last = 0;
  return {
    update: (done, total) => {
      if (Date.now() - last < 100) return;
      last = Date.now();
      process.stderr.write(`\r\x1b[K${label} ${done}${total === undefined ? '' : ` / ${total}`}`);
    },
    done: (text) => void process.stderr.write(`\r\x1b[K${label}${text === undefined ? '' : ` ${text}`}\n`),
  };
}

function plainProgress(label: string): Progress {
  return {
    update: () => undefined,
    done: (text) => void process.stderr.write(`${label}${text === undefined ? '' : ` ${text}`}\n`),
  };
}

async function projectOf(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<string> {
  const named = given ?? env['CI_PROJECT_PATH'];
  if (named) return named;
  const remote = await run(['git', 'remote', 'get-url', 'origin'], { cwd, timeoutMs: 10_000 }).catch(
    () => null,
  );
  const found = /\/git\/([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(remote?.stdout.toString().trim() ?? '')?.[1];
  if (found === undefined) throw fault('project.not_here', { folder: cwd });
  return found;
}
