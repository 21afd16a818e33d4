import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { listModels, postMetrics, showModel, showVersion } from '../api/contract/models.ts';
import type { Client } from '../client/client.ts';
import type { GateRules } from '../gate/judge.ts';
import { fault } from '../shared/errors.ts';
import { phrase, say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { split } from './project.ts';

/** `seto model …` */
export function register(program: Command, cli: Cli): void {
  const model = program.command('model').description('Models: versions by the digest of their folder');
  model
    .command('ls')
    .description('the models you can read')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto model ls --json')
    .action(async (options: { json?: true }) => {
      const all = await (await cli.client()).call(listModels);
      if (options.json) return cli.json(all);
      const rows = all.map(({ name, project, latest, versions }) => [
        name,
        project,
        latest?.digest.slice(0, 12) ?? '-',
        latest?.gate ?? '-',
        say(cli.lang, 'model.versions', { count: versions }),
      ]);
      for (const line of table(rows)) cli.print(line);
    });
  model
    .command('show')
    .description('one model, or one version: metrics, verdicts, where it came from and where it went')
    .argument('<name>', 'NAME or NAME@DIGEST')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto model show parts-inspection@3f2a')
    .action((text: string, options: { json?: true }) => show(cli, text, options));
  model
    .command('push')
    .description('register a model folder (model.onnx and model.json)')
    .argument('<dir>')
    .option('--project <path>', 'GROUP/NAME (default: the project of this folder)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto model push model/')
    .action(async (dir: string, options: { project?: string; json?: true }) => {
      const { pushModel } = await import('../models/push-model.ts');
      const project = split(await cli.projectHere(options.project));
      const commit = cli.env['CI_COMMIT_SHA'];
      const pushed = await pushModel(await cli.client(), {
        dir: path.resolve(cli.cwd, dir),
        project,
        commit,
      });
      if (options.json) return cli.json(pushed);
      cli.print(
        say(cli.lang, 'model.pushed', {
          name: pushed.model,
          digest: pushed.digest.slice(0, 12),
          files: pushed.files.length,
          sent: pushed.sentFiles,
        }),
      );
    });
  model
    .command('metrics')
    .description('record figures of a training run, or of a version with --model')
    .argument('<name=value...>')
    .option('--model <digest>', 'the version they belong to (default: the running pipeline)')
    .option('--step <n>', 'epoch or step', '0')
    .option('--project <path>')
    .addHelpText('after', '\nExample:\n  seto model metrics loss=0.12 accuracy=0.94 --step 20')
    .action(async (pairs: string[], options: { model?: string; step: string; project?: string }) => {
      const params = split(await cli.projectHere(options.project));
      const values = Object.fromEntries(pairs.map((pair) => numberOf('metrics', pair)));
      const body = { values, step: Number(options.step), model: options.model };
      await (await cli.client()).call(postMetrics, { params, body });
    });
  addGate(model, cli);
}

interface GateOptions {
  data: string;
  minAccuracy: string;
  minRecall: string[];
  minSamples: string;
  notWorseThan?: string;
  project?: string;
  json?: true;
}

function addGate(model: Command, cli: Cli): void {
  model
    .command('gate')
    .description('test accuracy on pictures of parts that training never saw; exit 3 where it is not enough')
    .argument('<model>', 'folder, or NAME@DIGEST of a registered version')
    .requiredOption('--data <dir>', 'pictures, one folder per label (seto data pull NAME DIR --split test)')
    .requiredOption('--min-accuracy <rate>', '0..1 or in percent, such as 0.9 or 90%')
    .option('--min-recall <label=rate>', 'of one label; may be repeated', collect, [])
    .option('--min-samples <n>', 'test pictures that each label needs', '10')
    .option('--not-worse-than <what>', 'production[:MARGIN] or ENDPOINT[:MARGIN], on the same pictures')
    .option('--project <path>', 'GROUP/NAME (default: the project of this folder)')
    .option('--json')
    .addHelpText(
      'after',
      '\nExample:\n  seto model gate model/ --data data/ --min-accuracy 0.9 --min-recall scratched=0.95 --not-worse-than production',
    )
    .action((given: string, options: GateOptions) => gate(cli, given, options));
}

async function gate(cli: Cli, given: string, options: GateOptions): Promise<void> {
  const rules = parseRules(options);
  const dataDir = path.resolve(cli.cwd, options.data);
  if (!statSync(dataDir, { throwIfNoEntry: false })?.isDirectory())
    throw fault('data.not_a_folder', { dir: options.data });
  const [{ runGate }, { explainFinding, toLines }] = await Promise.all([
    import('../gate/run-gate.ts'),
    import('../gate/reports.ts'),
  ]);
  const inJob = Boolean(cli.env['CI_JOB_ID']);
  // By hand and with nothing to ask the platform, a folder can be tested without any platform.
  const alone = !inJob && rules.notWorse === null && existsSync(path.resolve(cli.cwd, given));
  const client = alone ? await cli.client().catch(() => null) : await cli.client();
  const project = alone
    ? await cli.projectHere(options.project).catch(() => null)
    : await cli.projectHere(options.project);
  const fetched = await folderOf(cli, client, given);
  try {
    const { verdict, recorded } = await runGate({
      client,
      lang: cli.lang,
      env: cli.env,
      cwd: cli.cwd,
      modelDir: fetched.dir,
      dataDir,
      project: project === null ? null : split(project),
      rules,
    });
    if (options.json) cli.json({ ...verdict, recorded });
    else for (const line of toLines(verdict, cli.lang)) cli.print(line);
    if (!recorded) cli.warn(say(cli.lang, 'gate.unregistered'));
    if (verdict.passed) return;
    const reasons = verdict.findings
      .filter(({ passed }) => !passed)
      .map((finding) => `  ${explainFinding(finding, cli.lang)}`);
    throw fault('gate.refused', { reasons: reasons.join('\n') });
  } finally {
    await fetched.end();
  }
}

/** A folder here, or a registered version brought into a temporary one. */
async function folderOf(
  cli: Cli,
  client: Client | null,
  given: string,
): Promise<{ dir: string; end: () => Promise<void> }> {
  const dir = path.resolve(cli.cwd, given);
  const [name = '', version] = given.split('@');
  if (existsSync(dir) || client === null || version === undefined)
    return { dir, end: () => Promise.resolve() };
  const [{ fetchModel }, { mkdtemp, rm }, { tmpdir }] = await Promise.all([
    import('../models/fetch-model.ts'),
    import('node:fs/promises'),
    import('node:os'),
  ]);
  const temporary = await mkdtemp(path.join(tmpdir(), 'seto-model-'));
  await fetchModel(client, { model: name, version, dir: temporary });
  return { dir: temporary, end: () => rm(temporary, { recursive: true, force: true }) };
}

function parseRules(options: GateOptions): GateRules {
  const minSamples = Number(options.minSamples);
  if (!Number.isInteger(minSamples) || minSamples < 1)
    throw fault('gate.bad_rule', {
      option: '--min-samples',
      value: options.minSamples,
      expected: 'a whole number of at least 1',
    });
  return {
    minAccuracy: rateOf('--min-accuracy', options.minAccuracy),
    minRecall: Object.fromEntries(
      options.minRecall.map((text) => {
        const at = text.lastIndexOf('=');
        if (at <= 0)
          throw fault('gate.bad_rule', { option: '--min-recall', value: text, expected: 'LABEL=RATE' });
        return [text.slice(0, at), rateOf('--min-recall', text.slice(at + 1))];
      }),
    ),
    minSamples,
    notWorse: options.notWorseThan === undefined ? null : parseNotWorse(options.notWorseThan),
  };
}

function parseNotWorse(text: string): NonNullable<GateRules['notWorse']> {
  const [what = '', margin] = text.split(':');
  return {
    endpoint: what === 'production' ? null : what,
    margin: margin === undefined ? null : rateOf('--not-worse-than', margin),
  };
}

/** `0.9` or `90%` → 0.9 */
function rateOf(option: string, text: string): number {
  const rate = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() === '' || !(rate >= 0 && rate <= 1))
    throw fault('gate.bad_rule', { option, value: text, expected: phrase('input.rate') });
  return rate;
}

function numberOf(option: string, pair: string): [string, number] {
  const at = pair.indexOf('=');
  const value = Number(pair.slice(at + 1));
  if (at <= 0 || pair.slice(at + 1).trim() === '' || !Number.isFinite(value))
    throw fault('gate.bad_rule', { option, value: pair, expected: 'NAME=NUMBER' });
  return [pair.slice(0, at), value];
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

async function show(cli: Cli, text: string, options: { json?: true }): Promise<void> {
  const client = await cli.client();
  const [name = '', version] = text.split('@');
  if (version === undefined) {
    const shown = await client.call(showModel, { params: { model: name } });
    if (options.json) return cli.json(shown);
    cli.print(`${shown.name}  ${shown.project}`);
    const rows = shown.all.map((each) => [
      each.digest,
      new Date(each.createdAt).toISOString(),
      each.pipelineId === null ? '-' : `#${each.pipelineId}`,
      each.gate ?? '-',
    ]);
    for (const line of table(rows)) cli.print(line);
    return;
  }
  const shown = await client.call(showVersion, { params: { model: name, version } });
  if (options.json) return cli.json(shown);
  cli.print(`${shown.model}@${shown.digest}  ${shown.gate ?? '-'}`);
  for (const line of table(
    shown.files.map((file) => [`  ${file.path}`, `${file.size}`, file.sha256.slice(0, 12)]),
  ))
    cli.print(line);
  for (const line of table(shown.metrics.map((each) => [`  ${each.name}`, `${each.value}`, `@${each.step}`])))
    cli.print(line);
  const facts = (list: typeof shown.lineage.before) =>
    table(list.map((fact) => [`  ${fact.subject}`, fact.relation, fact.object]));
  cli.print(say(cli.lang, 'model.before'));
  for (const line of facts(shown.lineage.before)) cli.print(line);
  cli.print(say(cli.lang, 'model.after'));
  for (const line of facts(shown.lineage.after)) cli.print(line);
}
