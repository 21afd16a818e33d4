import type { EndpointView, ReleaseView } from '../api/contract/endpoints.ts';
import type { MonitoringView } from '../api/contract/monitoring.ts';
import type { Lang } from '../shared/text/format.ts';
import { type PhraseKey, say } from '../shared/text.ts';
import { table } from './cli.ts';

type Shown = EndpointView & { releases: ReleaseView[]; keys: { name: string }[] };

/** An endpoint, its releases and keys, as `seto endpoint show` prints them. */
export function endpointLines(shown: Shown, lang: Lang): string[] {
  const reach = say(lang, shown.open ? 'endpoint.open' : 'endpoint.keyed');
  const rows = shown.releases.map((each) => [
    `  ${each.id}`,
    each.state,
    each.pipelineId === null ? '–' : `#${each.pipelineId}`,
    each.modelDigest?.slice(0, 12) ?? '–',
    new Date(each.liveAt ?? each.createdAt).toISOString(),
    [each.ungated ? 'ungated' : '', each.reason ?? ''].filter(Boolean).join('; '),
  ]);
  return [
    say(lang, 'endpoint.header', {
      name: shown.name,
      url: shown.url,
      project: shown.project,
      reach,
      memory: shown.memoryMb,
      keep: shown.keep,
    }),
    ...(rows.length === 0 ? [] : [say(lang, 'endpoint.releases'), ...table(rows)]),
    ...(shown.keys.length === 0
      ? []
      : [say(lang, 'endpoint.keys', { names: shown.keys.map(({ name }) => name).join(', ') })]),
  ];
}

/** Accuracy, drift test by test, and what the policy says. */
export function monitoringLines(view: MonitoringView, lang: Lang): string[] {
  const percent = (share: number) => (100 * share).toFixed(1);
  const { accuracy, drift, predictions, feedback } = view;
  return [
    say(lang, 'endpoint.predictions', {
      total: predictions.total,
      day: predictions.lastDay,
      unsure: predictions.unsure,
      labels: feedback.sinceRetraining,
      waiting: feedback.waiting,
    }),
    accuracy === null
      ? say(lang, 'endpoint.no_accuracy')
      : say(lang, 'endpoint.accuracy', {
          rate: percent(accuracy.rate),
          n: accuracy.n,
          low: percent(accuracy.low),
          high: percent(accuracy.high),
        }),
    ...(drift === null
      ? [say(lang, 'endpoint.no_drift')]
      : [
          say(lang, 'endpoint.drift', { drift: drift.drift.toFixed(2), n: drift.n }),
          ...drift.tests.map((each) =>
            say(lang, 'endpoint.drift_test', {
              test: each.name,
              statistic: each.statistic.toFixed(3),
              limit: each.limit.toFixed(3),
            }),
          ),
        ]),
    policyLine(view, lang),
  ];
}

function policyLine({ policy, policyProblem }: MonitoringView, lang: Lang): string {
  if (policyProblem !== null) return say(lang, 'endpoint.policy', { decision: policyProblem });
  if (policy === null) return say(lang, 'endpoint.no_policy');
  const key = `retrain.${policy.decision.reason}` as PhraseKey;
  return say(lang, 'endpoint.policy', { decision: say(lang, key, policy.decision.values) });
}
