import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { detectSandbox } from '../../sandbox/detect.ts';
import { askOwner } from '../../server/control-socket.ts';
import { type PhraseKey, say } from '../../shared/text.ts';
import type { Cli } from '../cli.ts';
import { openStage, type Stage } from './stage.ts';

/** What a show is called, what its platform is configured with, and what becomes of it. */
export interface Show {
  title: PhraseKey;
  /** seto.yaml. */
  configuration: string;
  /** The machine whose price the simulated cloud bills. */
  vm: string;
  keep?: true;
  /** A file for every figure shown. */
  json?: string;
}

/** Opens a platform in a temporary folder, says what is real of it, performs, writes the figures, and removes it. */
export async function showOnStage(
  cli: Cli,
  { title, configuration, vm, keep, json }: Show,
  perform: (stage: Stage, isolation: string) => Promise<object>,
): Promise<void> {
  const started = performance.now();
  const { lang } = cli;
  cli.print(say(lang, title));
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
    const figures = await perform(stage, ability.isolation);
    if (json !== undefined)
      await writeFile(path.resolve(cli.cwd, json), `${JSON.stringify(figures, null, 2)}\n`);
    cli.print(`\n${say(lang, 'demo.done', { seconds: seconds(performance.now() - started) })}`);
    if (keep) {
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
}

/** Milliseconds as seconds with one decimal. */
export function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
