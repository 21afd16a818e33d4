import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { RouteEntry, RoutesFile, ServerSpec } from '../api/contract/gateway.ts';
import { writeDurably } from '../shared/durable.ts';
import type { EndpointRows } from './endpoint-rows.ts';
import type { FeedbackTokens, ModelLabels } from './ports.ts';
import type { ReleaseRows } from './release-rows.ts';

export interface RoutingSource {
  installationId: string;
  epoch: number;
  endpoints: EndpointRows;
  releases: ReleaseRows;
  feedbackTokens: FeedbackTokens;
  labels: ModelLabels;
  /** How the process target starts a release again; null for other targets. */
  serverSpec(releaseId: string): ServerSpec | null;
  ship: RoutesFile['ship'];
  predictions: RoutesFile['predictions'];
}

/** 20 MB: a photograph of 50 megapixels as JPEG; more would let few callers fill the memory. */
const bodyBytes = 20 * 1024 * 1024;
/** Requests at one release at once: beyond it the wait would be longer than a retry. */
const maxConcurrent = 256;

/** The routes as the database has them now. Without its revision: equal routes make equal files. */
export function routesOf(source: RoutingSource): Omit<RoutesFile, 'revision'> {
  const { endpoints, releases } = source;
  const servers: ServerSpec[] = [];
  const entries = endpoints.list().map((endpoint): RouteEntry => {
    const all = releases.of(endpoint.id);
    const live = all.find(({ state }) => state === 'live');
    for (const release of all) {
      const running = release.state === 'live' || release.state === 'draining';
      const spec = running ? source.serverSpec(release.id) : null;
      if (spec !== null) servers.push(spec);
    }
    return {
      name: endpoint.name,
      open: endpoint.open,
      keys: endpoints.keys(endpoint.id).map(({ hash }) => hash),
      people: [...source.feedbackTokens(endpoint.projectId)].sort(),
      live: live?.upstream
        ? { releaseId: live.id, upstream: live.upstream, labels: labelsOf(source, live.modelDigest) }
        : null,
    };
  });
  return {
    installationId: source.installationId,
    epoch: source.epoch,
    ship: source.ship,
    endpoints: entries,
    servers,
    predictions: source.predictions,
    limits: { bodyBytes, maxConcurrent },
  };
}

function labelsOf(source: RoutingSource, modelDigest: string | null): string[] | null {
  const labels = modelDigest === null ? null : source.labels(modelDigest);
  return labels === null ? null : [...labels];
}

/** Replaces `run/routes.json`. */
export async function writeRoutes(dataDir: string, routes: RoutesFile): Promise<void> {
  mkdirSync(path.join(dataDir, 'run'), { recursive: true, mode: 0o700 });
  await writeDurably(path.join(dataDir, 'run/routes.json'), JSON.stringify(routes));
}
