import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import {
  allowJob,
  cancelJob,
  type JobJson,
  jobLog,
  listJobs,
  playJob,
  retryJob,
  showJob,
} from '../api/contract/jobs.ts';
import { fault, missing } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { refuseBudgetWait } from './budget-wait.ts';
import { type Cli, table } from './cli.ts';
import { eventText } from './cost/budget-events.ts';
import { failureText, jobRow, number, statusOption, waitAdvice, waitText } from './job-text.ts';
import { split } from './project.ts';

const jobArgument = 'number of the job, or its name: the newest of that name in this project';

/** `seto job …` */
export function register(program: Command, cli: Cli): void {
  const job = program.command('job').description('Jobs of a pipeline; each attempt is one');
  job
    .command('ls')
    .description('the newest jobs of the project')
    .option('--project <path>')
    .option('--pipeline <id>', 'of one pipeline', number)
    .addOption(statusOption())
    .option('--limit <n>', 'how many', number, 50)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto job ls --pipeline 12')
    .action(
      async (options: {
        project?: string;
        pipeline?: number;
        status?: string;
        limit: number;
        json?: true;
      }) => {
        const { pipeline, status, limit } = options;
        const all = await (await cli.client()).call(listJobs, {
          params: split(await cli.projectHere(options.project)),
          query: { pipeline, status, limit },
        });
        if (options.json) return cli.json(all);
        for (const line of table(all.map((each) => [`#${each.pipelineId}`, ...jobRow(cli.lang, each)])))
          cli.print(line);
      },
    );
  job
    .command('show')
    .description('one job: why it waits or failed, its artifacts')
    .argument('<job>', jobArgument)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto job show 41 --json')
    .action(async (given: string, options: { json?: true }) => {
      const shown = await (await cli.client()).call(showJob, { params: { id: await jobOf(cli, given) } });
      if (options.json) return cli.json(shown);
      for (const line of table([jobRow(cli.lang, shown)])) cli.print(line);
      const advice = waitAdvice(cli.lang, shown);
      if (advice !== null) cli.print(`  ${advice}`);
      for (const event of shown.budgetEvents) cli.print(`  ${eventText(cli.lang, event)}`);
      cli.print(
        `  ${shown.ref} ${shown.sha.slice(0, 8)} #${shown.pipelineId} ${shown.nodeId ?? ''}`.trimEnd(),
      );
      for (const line of table(
        shown.artifacts.map((each) => ['', each.type, each.filename, String(each.size)]),
      ))
        cli.print(line);
    });
  job
    .command('logs')
    .description('what it printed; -f goes on until it ends')
    .argument('<job>', jobArgument)
    .option('-f, --follow', 'until the job ends; exit 1 where it failed')
    .option('--no-wait', 'with -f: exit 4 at once where the budget holds the job')
    .addHelpText('after', '\nExample:\n  seto job logs -f train')
    .action(async (given: string, options: { follow?: true; wait: boolean }) =>
      followLog(cli, await jobOf(cli, given), options),
    );
  job
    .command('play')
    .description('start a manual or delayed job now')
    .argument('<job>', jobArgument)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto job play 44')
    .action(async (given: string, options: { json?: true }) =>
      output(
        cli,
        await (await cli.client()).call(playJob, { params: { id: await jobOf(cli, given) } }),
        options,
      ),
    );
  job
    .command('retry')
    .description('run an ended job again')
    .argument('<job>', jobArgument)
    .option('--no-wait', 'exit 4 where the budget holds the new attempt')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto job retry 41')
    .action(async (given: string, options: { wait: boolean; json?: true }) => {
      const next = await (await cli.client()).call(retryJob, { params: { id: await jobOf(cli, given) } });
      output(cli, next, options);
      if (!options.wait) await refuseBudgetWait(cli, look(cli, next.id));
    });
  job
    .command('cancel')
    .description('end a job')
    .argument('<job>', jobArgument)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto job cancel 41')
    .action(async (given: string, options: { json?: true }) =>
      output(
        cli,
        await (await cli.client()).call(cancelJob, { params: { id: await jobOf(cli, given) } }),
        options,
      ),
    );
  job
    .command('allow')
    .description('let a waiting job past the budget (administrators, recorded)')
    .argument('<job>', jobArgument)
    .requiredOption('--reason <text>', 'why; it stays on record')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto job allow 41 --reason "customer waits for the new model"')
    .action(async (given: string, options: { reason: string; json?: true }) =>
      output(
        cli,
        await (await cli.client()).call(allowJob, {
          params: { id: await jobOf(cli, given) },
          body: { reason: options.reason },
        }),
        options,
      ),
    );
}

/** The job that the user means. By name it is the newest attempt in the project of the folder they stand in. */
async function jobOf(cli: Cli, given: string): Promise<number> {
  if (/^\d{1,15}$/.test(given)) return Number(given);
  const newest = await (await cli.client()).call(listJobs, {
    params: split(await cli.projectHere(undefined)),
    query: { limit: 500 },
  });
  const found = newest.find(({ name }) => name === given);
  if (found === undefined) throw missing('job', given);
  return found.id;
}

function output(cli: Cli, job: JobJson, options: { json?: true }): void {
  if (options.json) cli.json(job);
  else for (const line of table([jobRow(cli.lang, job)])) cli.print(line);
}

function look(cli: Cli, id: number): () => Promise<JobJson[]> {
  return async () => [await (await cli.client()).call(showJob, { params: { id } })];
}

async function followLog(cli: Cli, id: number, options: { follow?: true; wait: boolean }): Promise<void> {
  const client = await cli.client();
  if (options.follow && !options.wait) await refuseBudgetWait(cli, look(cli, id));
  const first = await client.call(showJob, { params: { id } });
  if (first.status === 'pending')
    cli.warn(
      [
        say(cli.lang, 'forge.job.waits', { id, reason: waitText(cli.lang, first) }),
        waitAdvice(cli.lang, first),
      ]
        .filter((line) => line !== null)
        .join('\n'),
    );
  const { body } = await client.stream(jobLog, {
    params: { id },
    query: { follow: options.follow ? '1' : '0', raw: '0' },
    signal: cli.signal,
    silenceMs: 0,
  });
  const show = (text: string) => cli.print(cli.colours ? text : stripVTControlCharacters(text));
  let line = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const parts = (line + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    line = parts.pop() ?? '';
    for (const each of parts) show(each);
  }
  if (line !== '') show(line);
  if (!options.follow) return;
  const last = await client.call(showJob, { params: { id } });
  if (last.status !== 'success')
    throw fault('forge.job_failed', {
      job: id,
      name: last.name,
      status: last.status,
      reason: failureText(cli.lang, last) ?? last.status,
    });
}
