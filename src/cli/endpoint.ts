import type { Command } from 'commander';
import {
  createKey,
  listEndpoints,
  releaseLogs,
  removeEndpoint,
  revokeKey,
  rollbackRoute,
  setEndpoint,
  showEndpoint,
  stopRoute,
} from '../api/contract/endpoints.ts';
import { showMonitoring } from '../api/contract/monitoring.ts';
import { fault, type SetoError } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { waitUntilLive } from './deploy.ts';
import { endpointLines, monitoringLines } from './endpoint-text.ts';

interface SetOptions {
  open?: string;
  memory?: string;
  keep?: string;
  json?: true;
}

/** `seto endpoint …` */
export function register(program: Command, cli: Cli): void {
  const endpoint = program.command('endpoint').description('Stable URLs and the releases behind them');
  endpoint
    .command('ls')
    .description('the endpoints you can see')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto endpoint ls')
    .action(async (options: { json?: true }) => {
      const all = await (await cli.client()).call(listEndpoints);
      if (options.json) return cli.json(all);
      if (all.length === 0) return cli.print(say(cli.lang, 'endpoint.none'));
      const rows = all.map((each) => [
        each.name,
        each.project,
        each.live?.id ?? say(cli.lang, 'endpoint.no_live'),
        each.live?.modelDigest?.slice(0, 12) ?? '–',
        each.url,
      ]);
      for (const line of table([['ENDPOINT', 'PROJECT', 'RELEASE', 'MODEL', 'URL'], ...rows]))
        cli.print(line);
    });
  endpoint
    .command('show')
    .description('one endpoint: releases, accuracy, drift, retraining')
    .argument('<endpoint>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto endpoint show inspection')
    .action(async (name: string, options: { json?: true }) => {
      const client = await cli.client();
      const params = { endpoint: name };
      const shown = await client.call(showEndpoint, { params });
      const monitoring = await client.call(showMonitoring, { params });
      if (options.json) return cli.json({ ...shown, monitoring });
      for (const line of [...endpointLines(shown, cli.lang), ...monitoringLines(monitoring, cli.lang)])
        cli.print(line);
    });
  endpoint
    .command('logs')
    .description('what the model server printed')
    .argument('<endpoint>')
    .option('--release <id>', 'default: the live one')
    .option('--lines <n>', 'how many, from the end', '100')
    .addHelpText('after', '\nExample:\n  seto endpoint logs inspection --lines 20')
    .action(async (name: string, options: { release?: string; lines: string }) => {
      const { text } = await (await cli.client()).call(releaseLogs, {
        params: { endpoint: name },
        query: {
          lines: whole(cli, 'logs', '--lines', options.lines),
          ...(options.release === undefined ? {} : { release: options.release }),
        },
      });
      cli.print(text.trimEnd());
    });
  endpoint
    .command('set')
    .description('who may predict, memory, releases kept')
    .argument('<endpoint>')
    .option('--open <yes|no>', 'whether predictions need no key, from anywhere')
    .option('--memory <mb>', 'memory of a model server, for the next release')
    .option('--keep <n>', 'releases kept for a rollback')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto endpoint set inspection --open no --keep 5')
    .action(async (name: string, options: SetOptions) => {
      if (options.open !== undefined && !['yes', 'no'].includes(options.open))
        throw badValue(
          cli,
          'set',
          '--open',
          options.open,
          say(cli.lang, 'usage.one_of', { list: 'yes, no' }),
        );
      const after = await (await cli.client()).call(setEndpoint, {
        params: { endpoint: name },
        body: {
          ...(options.open === undefined ? {} : { open: options.open === 'yes' }),
          ...(options.memory === undefined
            ? {}
            : { memoryMb: whole(cli, 'set', '--memory', options.memory) }),
          ...(options.keep === undefined ? {} : { keep: whole(cli, 'set', '--keep', options.keep) }),
        },
      });
      if (options.json) cli.json(after);
      else for (const line of endpointLines({ ...after, releases: [], keys: [] }, cli.lang)) cli.print(line);
    });
  endpoint
    .command('rollback')
    .description('go back to an earlier release')
    .argument('<endpoint>')
    .option('--to <release>', 'default: the one that was live before')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto endpoint rollback inspection')
    .action(async (name: string, options: { to?: string; json?: true }) => {
      const client = await cli.client();
      const release = await client.call(rollbackRoute, {
        params: { endpoint: name },
        body: options.to === undefined ? {} : { to: options.to },
      });
      const live = await waitUntilLive(cli, client, name, release);
      if (options.json) return cli.json(live);
      const model = live.modelDigest?.slice(0, 12) ?? live.imageDigest.slice(0, 19);
      cli.print(say(cli.lang, 'deploy.live', { endpoint: name, release: live.id, model }));
    });
  endpoint
    .command('stop')
    .description('end the live release; releases are kept')
    .argument('<endpoint>')
    .addHelpText('after', '\nExample:\n  seto endpoint stop inspection')
    .action(async (name: string) => {
      await (await cli.client()).call(stopRoute, { params: { endpoint: name } });
      cli.print(say(cli.lang, 'endpoint.stopped', { endpoint: name }));
    });
  endpoint
    .command('rm')
    .description('end the live release and remove the endpoint')
    .argument('<endpoint>')
    .addHelpText('after', '\nExample:\n  seto endpoint rm inspection')
    .action(async (name: string) => {
      await (await cli.client()).call(removeEndpoint, { params: { endpoint: name } });
      cli.print(say(cli.lang, 'endpoint.removed', { endpoint: name }));
    });
  registerKeys(endpoint, cli);
}

function registerKeys(endpoint: Command, cli: Cli): void {
  const key = endpoint.command('key').description('Keys that predict and give feedback');
  key
    .command('create')
    .description('make a key; it is shown once')
    .argument('<endpoint>')
    .argument('[name]', 'who will use it', 'key')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto endpoint key create inspection line-3')
    .action(async (name: string, keyName: string, options: { json?: true }) => {
      const made = await (await cli.client()).call(createKey, {
        params: { endpoint: name },
        body: { name: keyName },
      });
      if (options.json) return cli.json(made);
      cli.warn(say(cli.lang, 'endpoint.key_made'));
      cli.print(made.key);
    });
  key
    .command('ls')
    .description('the names of the keys that work')
    .argument('<endpoint>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto endpoint key ls inspection')
    .action(async (name: string, options: { json?: true }) => {
      const { keys } = await (await cli.client()).call(showEndpoint, { params: { endpoint: name } });
      if (options.json) return cli.json(keys);
      for (const line of table(keys.map((each) => [each.name, new Date(each.createdAt).toISOString()])))
        cli.print(line);
    });
  key
    .command('revoke')
    .description('end a key')
    .argument('<endpoint>')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  seto endpoint key revoke inspection line-3')
    .action(async (name: string, keyName: string) => {
      await (await cli.client()).call(revokeKey, { params: { endpoint: name, key: keyName } });
      cli.print(say(cli.lang, 'endpoint.key_revoked', { name: keyName }));
    });
}

function whole(cli: Cli, verb: string, option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw badValue(cli, verb, option, text, say(cli.lang, 'usage.whole'));
}

function badValue(cli: Cli, verb: string, name: string, given: string, expected: string): SetoError {
  return fault('core.usage', {
    what: say(cli.lang, 'usage.bad_value', { name, given, expected }),
    command: `seto endpoint ${verb}`,
  });
}
