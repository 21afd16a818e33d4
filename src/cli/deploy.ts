import type { Command } from 'commander';
import { deployRoute, type ReleaseView, showRelease } from '../api/contract/endpoints.ts';
import type { Client } from '../client/client.ts';
import { fault } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import type { Cli } from './cli.ts';

interface DeployOptions {
  image?: string;
  ungated?: true;
  wait: boolean;
  project?: string;
  json?: true;
}

/** `seto deploy ENDPOINT`: in a job, this pipeline’s image; waits until it is live. */
export function register(program: Command, cli: Cli): void {
  program
    .command('deploy')
    .description('Roll out an image behind an endpoint and wait until it answers')
    .argument('<endpoint>')
    .option('--image <ref>', 'tag or digest (default in a job: what this pipeline built)')
    .option('--ungated', 'administrators only, recorded: without a passed accuracy test')
    .option('--no-wait', 'do not wait until it is live')
    .option('--project <path>', 'GROUP/PROJECT (default: the project of this folder)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto deploy inspection --image sha256:4f2a…')
    .action(async (endpoint: string, options: DeployOptions) => {
      const client = await cli.client();
      const [group = '', name = ''] = (await cli.projectHere(options.project)).split('/');
      const release = await client.call(deployRoute, {
        params: { group, name },
        body: {
          endpoint,
          ungated: options.ungated ?? false,
          ...(options.image === undefined ? {} : { image: options.image }),
        },
      });
      if (!options.wait) {
        if (options.json) cli.json(release);
        else cli.print(say(cli.lang, 'deploy.accepted', { release: release.id, endpoint }));
        return;
      }
      const live = await waitUntilLive(cli, client, endpoint, release);
      if (options.json) cli.json(live);
      else
        cli.print(
          say(cli.lang, 'deploy.live', {
            endpoint,
            release: live.id,
            model: live.modelDigest?.slice(0, 12) ?? live.imageDigest.slice(0, 19),
          }),
        );
    });
}

/** Waits for the end of a roll-out. @throws deploy.failed, deploy.superseded */
export async function waitUntilLive(
  cli: Cli,
  client: Client,
  endpoint: string,
  release: ReleaseView,
): Promise<ReleaseView> {
  const progress = cli.progress(say(cli.lang, 'deploy.waiting', { release: release.id, endpoint }));
  let now = release;
  try {
    while (now.state === 'starting' || now.state === 'healthy') {
      now = await client.call(showRelease, {
        params: { endpoint, release: release.id },
        query: { waitMs: 20_000 },
        signal: cli.signal,
      });
    }
  } finally {
    progress.done();
  }
  if (now.state === 'live') return now;
  if (now.state === 'failed' && !now.reason?.startsWith('superseded'))
    throw fault('deploy.failed', { release: now.id, reason: now.reason ?? '' });
  throw fault('deploy.superseded', { release: now.id });
}
