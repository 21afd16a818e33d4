import type { Deployments } from '../deployments/deployments.ts';
import { actorOf } from '../identity/principal.ts';
import type { Monitoring } from '../monitoring/monitoring.ts';
import { giveFeedback, ingest, listPredictions, showMonitoring } from './contract/monitoring.ts';
import { type Handler, handle, type Subject } from './handle.ts';

export interface MonitoringApiDeps {
  monitoring: Monitoring;
  deployments: Pick<Deployments, 'endpoint'>;
}

/** What was predicted, what was true, and what follows from it. */
export function monitoringHandlers({ monitoring, deployments }: MonitoringApiDeps): Handler[] {
  const owner = ({ params }: { params: { endpoint: string } }): Subject => ({
    projectId: deployments.endpoint(params.endpoint).projectId,
  });
  return [
    handle(ingest, ({ stream }) => monitoring.ingest(stream)),
    handle(
      giveFeedback,
      ({ params, body, principal }) =>
        monitoring.giveFeedback(deployments.endpoint(params.endpoint).id, body.items, actorOf(principal)),
      { subject: owner },
    ),
    handle(
      showMonitoring,
      ({ params, lang }) => monitoring.show(deployments.endpoint(params.endpoint), lang),
      { subject: owner },
    ),
    handle(
      listPredictions,
      ({ params, query }) => monitoring.newest(deployments.endpoint(params.endpoint).id, query.limit),
      { subject: owner },
    ),
  ];
}
