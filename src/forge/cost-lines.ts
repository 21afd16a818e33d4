import type { Lang } from '../shared/text/format.ts';
import { type PhraseKey, say } from '../shared/text.ts';
import type { PipelineCost } from './pipeline-costs.ts';

/** What a pipeline is expected to cost, and whether there is room for it now: two lines for each kind of money. */
export function costLines(lang: Lang, costs: readonly PipelineCost[]): string[] {
  return costs.flatMap((cost) => [
    say(lang, 'cost.pipeline', {
      kind: say(lang, cost.simulated ? 'cost.kind.simulated' : 'cost.kind.real'),
      expected: yenText(cost.expectedYen),
      most: yenText(cost.mostYen),
      basis: basisText(lang, cost),
    }),
    say(lang, 'cost.pipeline.month', {
      month: cost.month,
      committed: yenText(cost.committedYen),
      budget: yenText(cost.budgetYen),
      room: roomText(lang, cost),
    }),
  ]);
}

function roomText(lang: Lang, { room, limitedBy, mode }: PipelineCost): string {
  if (room !== 'all' && mode === 'warn') return say(lang, 'cost.pipeline.room.warn');
  const text = say(lang, `cost.pipeline.room.${room}` satisfies PhraseKey);
  return limitedBy === 'project' ? `${text} ${say(lang, 'cost.pipeline.room.project')}` : text;
}

function basisText(lang: Lang, { jobs }: PipelineCost): string {
  const runs = jobs.flatMap(({ basis }) => (basis.kind === 'runs' ? [basis.runs] : []));
  const shares = jobs.flatMap(({ basis }) => (basis.kind === 'share' ? [basis.percent] : []));
  const values = { runs: runs.length === 0 ? 0 : Math.min(...runs), percent: shares[0] ?? 0 };
  if (shares.length === 0)
    return say(lang, runs.length === 0 ? 'cost.basis.manual' : 'cost.basis.runs', values);
  return say(lang, runs.length === 0 ? 'cost.basis.share' : 'cost.basis.mixed', values);
}

/** Small amounts keep their digits; a yen more or less of thousands says nothing. */
export function yenText(yen: number): string {
  return yen.toFixed(yen >= 1000 ? 0 : yen >= 10 ? 1 : 3);
}
