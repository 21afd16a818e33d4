import path from 'node:path';
import { type Command, Option } from 'commander';
import { say } from '../shared/text.ts';
import { version } from '../shared/version.ts';
import type { Cli } from './cli.ts';
import { billLines, readBill, waitForNodesToEnd } from './demo/bill.ts';
import type { Figures } from './demo/figures.ts';
import { type DemoSet, readPictures } from './demo/pictures.ts';
import { showOnStage } from './demo/show-on-stage.ts';
import type { Stage } from './demo/stage.ts';
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
import { showTightBudget, tightConfiguration } from './demo/tight-budget.ts';
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
    .addOption(
      new Option('--tight-budget', 'instead, a budget that holds one lease: the second job waits').conflicts([
        'images',
        'keep',
      ]),
    )
    .option('--keep', 'leave everything running')
    .option('--json <file>', 'write every figure shown')
    .addHelpText(
      'after',
      '\nExample:\n  seto demo --images ./photographs --json figures.json\n  seto demo --tight-budget',
    )
    .action(async (options: { images?: string; keep?: true; tightBudget?: true; json?: string }) => {
      // Before anything is started: what is wrong with a folder is known at once.
      const images =
        options.images === undefined ? null : await readPictures(path.resolve(cli.cwd, options.images));
      if (options.tightBudget)
        await showOnStage(
          cli,
          { ...options, title: 'tight.title', configuration: tightConfiguration, vm },
          (stage) => showTightBudget(cli, stage),
        );
      else
        await showOnStage(cli, { ...options, title: 'demo.title', configuration, vm }, (stage, isolation) =>
          perform(cli, stage, images, isolation),
        );
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
