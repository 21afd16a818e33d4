import type { Command } from 'commander';
import {
  collectGarbage,
  listDatasets,
  readManifestOf,
  removeDataset,
  removeSnapshot,
  showDataset,
} from '../api/contract/datasets.ts';
import type { Client } from '../client/client.ts';
import { dataVariable } from '../shared/data-folder.ts';
import { fault } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { badValue } from './usage.ts';

/** `seto data …` */
export function register(program: Command, cli: Cli): void {
  const data = program.command('data').description('Data sets: immutable snapshots of folders of pictures');
  addPush(data, cli);
  addPull(data, cli);
  data
    .command('ls')
    .description('the data sets you can read')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto data ls --json')
    .action(async (options: { json?: true }) => {
      const all = await (await cli.client()).call(listDatasets);
      if (options.json) return cli.json(all);
      const rows = all.map(({ name, project, latest, snapshots }) => [
        name,
        project,
        latest ? shortId(latest.id) : '-',
        latest ? say(cli.lang, 'data.files', { count: latest.files }) : '-',
        latest ? bytes(latest.bytes) : '-',
        say(cli.lang, 'data.snapshots', { count: snapshots }),
      ]);
      for (const line of table(rows)) cli.print(line);
    });
  data
    .command('show')
    .description('one data set: its labels and snapshots')
    .argument('<name>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto data show parts')
    .action(async (name: string, options: { json?: true }) => {
      const shown = await (await cli.client()).call(showDataset, { params: { dataset: name } });
      if (options.json) return cli.json(shown);
      cli.print(`${shown.name}  ${shown.project}${shown.shared ? '  shared' : ''}`);
      if (shown.groupPattern !== null) cli.print(`--group ${shown.groupPattern}`);
      const labels = Object.entries(shown.latest?.labels ?? {});
      const counts = labels.map(([label, { train, test }]) => [label, `train ${train}`, `test ${test}`]);
      for (const line of table(counts)) cli.print(line);
      const rows = shown.all.map((each) => [
        each.id,
        new Date(each.createdAt).toISOString(),
        say(cli.lang, 'data.files', { count: each.files }),
        bytes(each.bytes),
        each.actorName,
      ]);
      for (const line of table(rows)) cli.print(line);
    });
  data
    .command('diff')
    .description('what turns snapshot A into B: + added, - removed, ~ changed, g other group')
    .argument('<a>', 'NAME or NAME@ID')
    .argument('<b>', 'NAME@ID, or ID of the same data set')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto data diff parts@1f3c parts')
    .action((a: string, b: string, options: { json?: true }) => diff(cli, a, b, options));
  data
    .command('rm')
    .description('remove a data set, or one snapshot of it')
    .argument('<name>', 'NAME or NAME@ID')
    .addHelpText('after', '\nExample:\n  seto data rm parts@1f3c')
    .action(async (text: string) => {
      const { name, snapshot } = parseName(text);
      const client = await cli.client();
      if (snapshot === undefined) {
        await client.call(removeDataset, { params: { dataset: name } });
        return cli.print(say(cli.lang, 'data.removed', { what: name }));
      }
      const { id } = await client.call(removeSnapshot, { params: { dataset: name, snapshot } });
      cli.print(say(cli.lang, 'data.removed', { what: `${name}@${shortId(id)}` }));
    });
  data
    .command('gc')
    .description('free what nothing refers to any more (admins)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto data gc')
    .action(async (options: { json?: true }) => {
      const freed = await (await cli.client()).call(collectGarbage, { silenceMs: 0 });
      if (options.json) return cli.json(freed);
      cli.print(say(cli.lang, 'data.collected', { count: freed.blobs, size: bytes(freed.bytes) }));
    });
}

interface PushOptions {
  group?: string;
  shared?: boolean;
  project?: string;
  json?: true;
}

function addPush(data: Command, cli: Cli): void {
  data
    .command('push')
    .description(
      'make a snapshot of a folder: one sub-folder per label; groups.csv or --group name the parts',
    )
    .argument('<name>')
    .argument('<dir>')
    .option('--group <regex>', 'RE2 pattern on the path; its first capture is the group (kept; "" ends it)')
    .option('--shared', 'other projects may read it')
    .option('--no-shared')
    .option('--project <path>', 'GROUP/NAME that owns it (default: the project of this folder)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto data push parts pictures/ --group "part-([0-9]+)"')
    .action(async (name: string, dir: string, options: PushOptions) => {
      const { pushFolder } = await import('../datasets/push.ts');
      const client = await cli.client();
      const hashing = cli.progress(say(cli.lang, 'data.hashing'));
      const sending = cli.progress(say(cli.lang, 'data.sending'));
      const result = await pushFolder({
        client,
        lang: cli.lang,
        name,
        dir,
        project: await ownerOf(client, cli, name, options.project),
        groupPattern: options.group === '' ? null : options.group,
        shared: options.shared,
        onProgress: (phase, done, total) => {
          const bar = phase === 'hashing' ? hashing : sending;
          bar.update(done, total);
          if (done === total) bar.done();
        },
      });
      if (result.hidden > 0) cli.warn(say(cli.lang, 'data.hidden', { count: result.hidden }));
      if (result.ungrouped > 0) cli.warn(say(cli.lang, 'data.ungrouped', { count: result.ungrouped }));
      if (result.otherFiles > 0) cli.warn(say(cli.lang, 'data.other_files', { count: result.otherFiles }));
      if (result.strayGroups > 0) cli.warn(say(cli.lang, 'data.stray_groups', { count: result.strayGroups }));
      if (options.json) return cli.json({ name, ...result });
      cli.print(
        say(cli.lang, 'data.pushed', {
          name,
          id: shortId(result.snapshot),
          files: result.files,
          size: bytes(result.bytes),
          sent: result.sentFiles,
          sentSize: bytes(result.sentBytes),
        }),
      );
    });
}

/** A new snapshot goes where the name belongs; only a new name needs a project from here. */
async function ownerOf(client: Client, cli: Cli, name: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return cli.projectHere(given);
  const known = (await client.call(listDatasets)).find(
    (each) => each.name.toLowerCase() === name.toLowerCase(),
  );
  return known?.project ?? cli.projectHere();
}

interface PullOptions {
  split?: string;
  force?: true;
  json?: true;
}

function addPull(data: Command, cli: Cli): void {
  data
    .command('pull')
    .description('make a folder hold a snapshot; in a pipeline the first pull of a name pins it for all jobs')
    .argument('<name>', 'NAME or NAME@ID')
    .argument('<dir>')
    .option('--split <side>', 'train or test: one side of the grouped split')
    .option('--force', 'overwrite files that were changed here')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto data pull parts data/ --split train')
    .action(async (text: string, dir: string, options: PullOptions) => {
      const { pullFolder } = await import('../datasets/pull.ts');
      const { name, snapshot } = parseName(text);
      const { split = 'all' } = options;
      if (split !== 'train' && split !== 'test' && split !== 'all')
        throw badValue('seto data pull', { name: '--split', value: split }, 'usage.one_of', {
          list: 'train, test',
        });
      const fetching = cli.progress(say(cli.lang, 'data.fetching'));
      const result = await pullFolder({
        client: await cli.client(),
        name,
        snapshot: (snapshot ?? cli.env[dataVariable(name)]) || undefined,
        dir,
        split,
        force: options.force ?? false,
        onProgress: (done, total) => {
          fetching.update(done, total);
          if (done === total) fetching.done();
        },
      });
      if (result.keptFiles > 0) cli.warn(say(cli.lang, 'data.kept', { count: result.keptFiles }));
      if (options.json) return cli.json(result);
      cli.print(
        say(cli.lang, 'data.pulled', {
          name,
          id: shortId(result.snapshot),
          files: result.files,
          fetched: result.fetchedFiles,
          size: bytes(result.fetchedBytes),
          removed: result.removedFiles,
        }),
      );
    });
}

async function diff(cli: Cli, a: string, b: string, options: { json?: true }): Promise<void> {
  const { readManifest } = await import('../datasets/manifest.ts');
  const { compareManifests } = await import('../datasets/diff.ts');
  const client = await cli.client();
  const left = parseName(a);
  const right = /^[0-9a-f]{8,64}$/.test(b) ? { name: left.name, snapshot: b } : parseName(b);
  const open = async ({ name, snapshot }: { name: string; snapshot: string | undefined }) => {
    const params = { dataset: name };
    const id = snapshot ?? (await client.call(showDataset, { params })).latest?.id;
    if (id === undefined) throw fault('data.no_snapshot', { name, id: 'latest' });
    return readManifest((await client.stream(readManifestOf, { params: { ...params, snapshot: id } })).body);
  };
  const signs = { added: '+', removed: '-', changed: '~', regrouped: 'g' } as const;
  const all: unknown[] = [];
  for await (const each of compareManifests(await open(left), await open(right)))
    if (options.json) all.push(each);
    else cli.print(`${signs[each.kind]} ${each.path}`);
  if (options.json) cli.json(all);
}

/** `parts@1f3c` → name and snapshot. */
function parseName(text: string): { name: string; snapshot: string | undefined } {
  const [name = '', snapshot] = text.split('@');
  return { name, snapshot: snapshot === '' ? undefined : snapshot };
}

function shortId(id: string): string {
  return id.slice(0, 12);
}

function bytes(count: number): string {
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}
