import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { detectSandbox } from '../sandbox/detect.ts';
import { askOwner } from '../server/control-socket.ts';
import { say } from '../shared/text.ts';
import { version } from '../shared/version.ts';
import type { Cli } from './cli.ts';
import { billLines, readBill, waitForNodesToEnd } from './demo/bill.ts';
import type { Figures } from './demo/figures.ts';
import { type DemoSet, readPictures } from './demo/pictures.ts';
import { openStage, type Stage } from './demo/stage.ts';
import {
  changeLine,
  measure,
  type Play,
  pickLine,
  prepareProject,
  pushCode,
  retrain,
  runPipeline,
  sendLine,
} from './demo/story.ts';
import { endpointClient } from './demo/traffic.ts';

const vm = 'Standard_F4s_v2';
const timeZone = 'Asia/Tokyo';

/** Free ports, so that a second demo can run beside this one; nodes end soon after their work. */
const configuration = `listen: 127.0.0.1:0
gateway: { listen: "127.0.0.1:0" }
link: { port: 0 }
timeZone: ${timeZone}
pools:
  - { name: onprem, site: onprem, driver: process, executor: process, tags: [onprem], minNodes: 1, maxNodes: 1 }
  - { name: train, site: cloud, driver: process, executor: process, tags: [cloud], vm: ${vm}, region: japaneast, maxNodes: 2, idleTimeout: 3s, bootTimeout: 60s }
`;

/** `seto demo`: the whole loop in a temporary folder, in front of your eyes. */
export function register(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description('Show the whole loop in a temporary folder')
    .option('--images <dir>', 'your own pictures: one sub-folder per label')
    .option('--keep', 'leave everything running')
    .option('--json <file>', 'write every figure shown')
    .addHelpText('after', '\nExample:\n  seto demo --images ./photographs --json figures.json')
    .action(async (options: { images?: string; keep?: true; json?: string }) => {
      const started = performance.now();
      const { lang } = cli;
      cli.print(say(lang, 'demo.title'));
      // Before anything is started: what is wrong with a folder is known at once.
      const images =
        options.images === undefined ? null : await readPictures(path.resolve(cli.cwd, options.images));
      const { ability } = await detectSandbox();
      const stage = await openStage(lang, configuration, cli.signal);
      let kept = false;
      try {
        cli.print(`   ${say(lang, 'demo.folder', { dir: stage.dir })}`);
        cli.print(`   ${say(lang, 'demo.simulated', { vm })}`);
        cli.print(
          `   ${
            ability.isolation === 'none'
              ? say(lang, 'demo.no_isolation', { reason: ability.reason ?? '' })
              : say(lang, 'demo.isolation', { how: ability.isolation })
          }`,
        );
        const figures = await perform(cli, stage, images, ability.isolation);
        if (options.json !== undefined)
          await writeFile(path.resolve(cli.cwd, options.json), `${JSON.stringify(figures, null, 2)}\n`);
        cli.print(
          `\n${say(lang, 'demo.done', { seconds: ((performance.now() - started) / 1000).toFixed(1) })}`,
        );
        if (options.keep) {
          kept = true;
          const { url: link } = await askOwner<{ url: string }>(stage.dataDir, 'POST', '/sign-in');
          cli.print(
            say(lang, 'demo.kept', {
              url: stage.url,
              endpoint: `${stage.gatewayUrl}/e/inspection`,
              link,
              data: stage.dataDir,
              dir: stage.dir,
            }),
          );
        }
      } finally {
        if (kept) await stage.client.close();
        else await stage.close();
      }
      if (!kept) cli.print(say(lang, 'demo.removed'));
    });
}

async function perform(cli: Cli, stage: Stage, images: DemoSet | null, isolation: string): Promise<Figures> {
  const { lang } = cli;
  const seconds: Record<string, number> = {};
  const play: Play = {
    stage,
    lang,
    signal: cli.signal,
    tell: (line) => cli.print(`   ${line}`),
    project: 'demo/inspection',
    projectDir: path.join(stage.dir, 'inspection'),
    endpoint: 'inspection',
    dataSet: 'parts',
  };
  const act = async <T>(name: `step${1 | 2 | 3 | 4 | 5 | 6}`, work: () => Promise<T>): Promise<T> => {
    cli.print(`\n${say(lang, `demo.${name}`)}`);
    const began = performance.now();
    const result = await work();
    seconds[name] = (performance.now() - began) / 1000;
    cli.print(`   (${seconds[name]?.toFixed(1)} s)`);
    return result;
  };

  const prepared = await act('step1', () => prepareProject(play, images));
  const labels = pickLine(prepared.pictures).length;
  const first = await act('step2', () => pushCode(play, labels));
  const deployed = await act('step3', () => runPipeline(play, first));
  const client = endpointClient(deployed.url);
  try {
    const unseen = prepared.pictures.filter(({ split }) => split === 'test');
    const clean = await act('step4', () => measure(play, client, 'demo.clean', unseen));
    const changed = await act('step5', async () => {
      const line = await changeLine(
        play,
        client,
        prepared.dir,
        clean,
        images === null ? 'rendered' : 'photographs',
      );
      const sent = pickLine(line.pictures);
      const drift = await sendLine(play, client, sent);
      const again = await retrain(play, client, sent, first);
      const unseenChanged = line.pictures.filter(({ split }) => split === 'test');
      const after = await measure(play, client, 'demo.after', unseenChanged);
      return { ...line, sent, drift, again, after };
    });
    const bill = await act('step6', async () => {
      const nodesEnded = await waitForNodesToEnd(stage.client, 30_000, cli.signal);
      const read = await readBill(stage.client);
      for (const line of billLines(read, lang, timeZone)) play.tell(line);
      return { ...read, nodesEnded };
    });
    return {
      version,
      simulated: { cloud: true, vm },
      isolation,
      pictures: prepared.facts,
      snapshot: prepared.snapshot,
      pipelines: [deployed.followed, changed.again.followed],
      clean,
      change: changed.change,
      drift: changed.drift,
      labels: changed.sent.length,
      retraining: changed.again.retraining,
      rollout: changed.again.rollout,
      changed: { before: changed.before, after: changed.after },
      models: { first: deployed.model, second: changed.again.model },
      bill: { ...bill.report, intervals: bill.intervals },
      formula: bill.recomputed,
      nodesEnded: bill.nodesEnded,
      seconds,
    };
  } finally {
    await client.close();
  }
}
