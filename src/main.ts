import { constants } from 'node:os';
import { Command, CommanderError } from 'commander';
import type { Register } from './cli/cli.ts';
import { withPatience } from './cli/patience.ts';
import { terminalCli } from './cli/terminal.ts';
import { fileFault, usageFault } from './cli/usage.ts';
import { explain, fault, SetoError } from './shared/errors.ts';
import { newId } from './shared/ids.ts';
import { type Lang, langFrom } from './shared/text/format.ts';
import { say } from './shared/text.ts';
import { version } from './shared/version.ts';

/** Every noun and verb, and the file that knows it. Only the file of the command at hand is loaded. */
const commands: Record<string, () => Promise<{ register: Register }>> = {
  up: () => import('./cli/up.ts'),
  down: () => import('./cli/down.ts'),
  status: () => import('./cli/status.ts'),
  demo: () => import('./cli/demo.ts'),
  doctor: () => import('./cli/doctor.ts'),
  login: () => import('./cli/login.ts'),
  exec: () => import('./cli/exec.ts'),
  init: () => import('./cli/init.ts'),
  project: () => import('./cli/project.ts'),
  variable: () => import('./cli/variable.ts'),
  data: () => import('./cli/data.ts'),
  pipeline: () => import('./cli/pipeline.ts'),
  job: () => import('./cli/job.ts'),
  model: () => import('./cli/model.ts'),
  image: () => import('./cli/image.ts'),
  deploy: () => import('./cli/deploy.ts'),
  endpoint: () => import('./cli/endpoint.ts'),
  predict: () => import('./cli/predict.ts'),
  feedback: () => import('./cli/feedback.ts'),
  pool: () => import('./cli/pool.ts'),
  node: () => import('./cli/node.ts'),
  runner: () => import('./cli/runner.ts'),
  cost: () => import('./cli/cost.ts'),
  user: () => import('./cli/user.ts'),
  backup: () => import('./cli/backup.ts'),
  restore: () => import('./cli/restore.ts'),
  // Processes of ours, started by ours.
  gateway: () => import('./cli/gateway.ts'),
  serve: () => import('./cli/serve.ts'),
};

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const { lang, args, unknown } = takeLang(argv);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupt.abort(signal));
  const noun = args.find((each) => !each.startsWith('-'));
  try {
    if (unknown !== null) throw unknownLang(unknown, lang);
    return await withPatience(
      noun,
      process.env,
      () => perform(noun, args, lang, interrupt.signal),
      () => process.stderr.write(`${say(lang, 'job.platform_away')}\n`),
    );
  } catch (error) {
    if (interrupt.signal.aborted) return exitOf(interrupt.signal.reason);
    // Processes of ours are given no file by a user: theirs is a failure of ours, with its stack.
    return report(isInternal(noun ?? '') ? error : (fileFault(error, lang) ?? error), lang);
  }
}

async function perform(
  noun: string | undefined,
  args: string[],
  lang: Lang,
  signal: AbortSignal,
): Promise<number> {
  const cli = terminalCli(lang, signal);
  const program = new Command('seto')
    .description('Hybrid MLOps for small organisations')
    .version(version)
    .option('--lang <ja|en>', 'language of messages (default: LANG)')
    .configureHelp({ showGlobalOptions: false })
    .enablePositionalOptions()
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  const load = noun === undefined ? undefined : commands[noun];
  try {
    if (load) (await load()).register(program, cli);
    else
      for (const [name, each] of Object.entries(commands))
        if (!isInternal(name)) (await each()).register(program, cli);
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError && error.message.startsWith('error: '))
      throw usageFault(error, program, args, lang);
    throw error;
  } finally {
    await cli.close();
  }
}

/** A command that was interrupted ends as the shell expects: 128 and the signal's number. */
function exitOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** `--lang` may stand anywhere, but behind `exec` it belongs to the command that is run. */
function takeLang(argv: string[]): { lang: Lang; args: string[]; unknown: string | null } {
  const fromEnvironment = langFrom(process.env);
  const end = argv.indexOf('exec');
  const ours = end < 0 ? argv : argv.slice(0, end);
  const at = ours.findIndex((each) => each === '--lang' || each.startsWith('--lang='));
  if (at < 0) return { lang: fromEnvironment, args: argv, unknown: null };
  const joined = argv[at]?.startsWith('--lang=') ?? false;
  const value = (joined ? argv[at]?.slice('--lang='.length) : argv[at + 1]) ?? '';
  const args = argv.toSpliced(at, joined ? 1 : 2);
  return value === 'ja' || value === 'en'
    ? { lang: value, args, unknown: null }
    : { lang: fromEnvironment, args, unknown: value };
}

function unknownLang(given: string, lang: Lang): SetoError {
  const expected = say(lang, 'usage.one_of', { list: 'ja, en' });
  return fault('core.usage', {
    what: say(lang, 'usage.bad_value', { name: '--lang', given, expected }),
    command: 'seto',
  });
}

function isInternal(name: string): boolean {
  return name === 'gateway' || name === 'serve';
}

function report(error: unknown, lang: Lang): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SetoError) {
    const { message, remedy } = explain(error.code, error.values, lang);
    process.stderr.write(`seto: ${message}\n${remedy === '' ? '' : `      ${remedy}\n`}`);
    if (process.env['SETO_DEBUG']) process.stderr.write(`${error.stack}\n${error.detail ?? ''}\n`);
    return error.exitCode;
  }
  const reference = newId('error');
  const { message, remedy } = explain('core.internal', { reference }, lang);
  process.stderr.write(
    `seto: ${message}\n      ${remedy}\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 1;
}
