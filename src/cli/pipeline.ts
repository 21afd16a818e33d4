import path from 'node:path';
import type { Command } from 'commander';
import {
  cancelPipeline,
  listPipelines,
  type PipelineJson,
  retryPipeline,
  runPipeline,
  showPipeline,
} from '../api/contract/pipelines.ts';
import { costLines } from '../forge/cost-lines.ts';
import { fault } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { refuseBudgetWait, refuseHeld } from './budget-wait.ts';
import { type Cli, table } from './cli.ts';
import { jobRow, number, statusOption, waitAdvice } from './job-text.ts';
import { split } from './project.ts';
import { badValue } from './usage.ts';

const over = ['success', 'failed', 'canceled', 'skipped'];
type Shown = Awaited<ReturnType<typeof show>>;

async function show(cli: Cli, id: number) {
  return (await cli.client()).call(showPipeline, { params: { id } });
}

/** `seto pipeline …` */
export function register(program: Command, cli: Cli): void {
  const pipeline = program
    .command('pipeline')
    .description('Pipelines: what a push, a schedule or you started');
  pipeline
    .command('run')
    .description('start a pipeline without a push')
    .argument('[ref]', 'branch or tag (default: the default branch)')
    .option('--project <path>')
    .option('--variable <key=value...>', 'variables of this run')
    .option('-f, --follow', 'until it ends; exit 1 where it did not succeed')
    .option('--no-wait', 'exit 4 where the budget holds a job')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto pipeline run main --variable EPOCHS=20 --follow')
    .action(
      async (
        ref: string | undefined,
        options: { project?: string; variable?: string[]; follow?: true; wait: boolean; json?: true },
      ) => {
        const client = await cli.client();
        const started = await client.call(runPipeline, {
          params: split(await cli.projectHere(options.project)),
          body: { ...(ref === undefined ? {} : { ref }), variables: variablesOf(options.variable ?? []) },
        });
        if (!options.wait && !options.follow)
          await refuseBudgetWait(cli, async () => (await show(cli, started.id)).jobs);
        const last = options.follow ? await untilOver(cli, started.id, options.wait) : started;
        if (options.json) cli.json(last);
        else printPipeline(cli, last);
        if (options.follow && last.status !== 'success')
          throw fault('forge.pipeline_failed', { pipeline: last.id, status: last.status });
      },
    );
  pipeline
    .command('ls')
    .description('the newest pipelines of the project')
    .option('--project <path>')
    .option('--ref <name>')
    .addOption(statusOption())
    .option('--limit <n>', 'how many', number, 20)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto pipeline ls --ref main --json')
    .action(
      async (options: { project?: string; ref?: string; status?: string; limit: number; json?: true }) => {
        const { ref, status, limit } = options;
        const all = await (await cli.client()).call(listPipelines, {
          params: split(await cli.projectHere(options.project)),
          query: { ref, status, limit },
        });
        if (options.json) return cli.json(all);
        for (const line of table(all.map(pipelineRow))) cli.print(line);
      },
    );
  pipeline
    .command('show')
    .description('one pipeline and its jobs')
    .argument('<id>', 'number of the pipeline', number)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto pipeline show 12')
    .action(async (id: number, options: { json?: true }) => output(cli, await show(cli, id), options));
  pipeline
    .command('cancel')
    .description('end its jobs, and start no further ones')
    .argument('<id>', 'number of the pipeline', number)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto pipeline cancel 12')
    .action(async (id: number, options: { json?: true }) =>
      output(cli, await (await cli.client()).call(cancelPipeline, { params: { id } }), options),
    );
  pipeline
    .command('retry')
    .description('repeat its failed and cancelled jobs')
    .argument('<id>', 'number of the pipeline', number)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto pipeline retry 12')
    .action(async (id: number, options: { json?: true }) =>
      output(cli, await (await cli.client()).call(retryPipeline, { params: { id } }), options),
    );
  pipeline
    .command('lint')
    .description('check a CI file and list the jobs it would make; works offline')
    .argument('[file]', 'CI file', '.gitlab-ci.yml')
    .option('--ref <name>', 'branch or tag to plan for', 'main')
    .option('--tag', 'the ref is a tag')
    .option('--source <source>', 'push | schedule | web | api | trigger', 'push')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto pipeline lint --ref feature --json')
    .action(async (file: string, options: { ref: string; tag?: true; source: string; json?: true }) => {
      const { lintFile } = await import('./lint-file.ts');
      const result = lintFile(path.resolve(cli.cwd, file), { ...options, lang: cli.lang });
      if (options.json) cli.json(result);
      else printLint(cli, result);
      if (!result.valid)
        throw fault('forge.lint_failed', {
          file,
          count: result.diagnostics.filter((each) => each.severity === 'error').length,
        });
    });
}

function output(cli: Cli, shown: Shown, options: { json?: true }): void {
  if (options.json) cli.json(shown);
  else printPipeline(cli, shown);
}

function pipelineRow(each: PipelineJson): string[] {
  return [
    `#${each.id}`,
    each.status,
    each.ref,
    each.sha.slice(0, 8),
    each.source,
    `${new Date(each.createdAt).toISOString().slice(0, 16)}Z`,
  ];
}

function printPipeline(cli: Cli, shown: Shown): void {
  for (const line of table([pipelineRow(shown)])) cli.print(line);
  for (const line of table(shown.jobs.map((job) => ['', ...jobRow(cli.lang, job)]))) cli.print(line);
  const advice = shown.jobs.map((job) => waitAdvice(cli.lang, job)).find((line) => line !== null);
  if (advice) cli.print(`  ${advice}`);
  if (!over.includes(shown.status)) for (const line of costLines(cli.lang, shown.costs)) cli.print(line);
  for (const problem of shown.problems) cli.warn(problem.text);
}

/** Asks once a second: a pipeline takes minutes, and this survives a restart of the platform. */
async function untilOver(cli: Cli, id: number, waitForBudget: boolean): Promise<Shown> {
  const progress = cli.progress(say(cli.lang, 'forge.pipeline', { id }));
  for (;;) {
    const now = await show(cli, id);
    const done = now.jobs.filter((job) => over.includes(job.status)).length;
    progress.update(done, now.jobs.length);
    if (over.includes(now.status)) {
      progress.done(now.status);
      return now;
    }
    if (!waitForBudget) refuseHeld(cli, now.jobs);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (cli.signal.aborted) return now;
  }
}

function variablesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw badValue('seto pipeline run', { name: '--variable', value: pair }, 'usage.pair');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function printLint(cli: Cli, result: import('./lint-file.ts').LintReport): void {
  for (const each of result.diagnostics) cli.warn(each.text);
  if (result.noPipeline) cli.warn(`${result.noPipeline.message} ${result.noPipeline.remedy}`);
  for (const line of table(
    result.jobs.map((job) => [
      job.stage,
      job.name,
      job.when === 'on_success' ? '' : job.when,
      job.tags.length > 0 ? `[${job.tags.join(', ')}]` : '',
      job.needs === null ? '' : `← ${job.needs.join(', ')}`,
    ]),
  ))
    cli.print(line);
}
