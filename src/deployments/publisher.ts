import type { RoutesFile } from '../api/contract/gateway.ts';
import type { Log } from '../shared/log.ts';
import type { EndpointRows } from './endpoint-rows.ts';
import type { GatewayLink } from './gateway-link.ts';
import { type RoutingSource, routesOf, writeRoutes } from './routing-file.ts';

/** Keeps the gateway's routes equal to the database's. */
export interface Publisher {
  /** Writes the file where routes changed and makes the gateway read it; true once the gateway uses them. */
  publish(): Promise<boolean>;
  /** Whether the gateway is known to send requests to this release. */
  routes(releaseId: string): boolean;
}

/**
 * A change of routes is: rows committed, then file, then reload. Whoever dies in between is made good by the next
 * call, which compares all three. The revision is raised for every new content, so the gateway takes it.
 */
export function createPublisher(
  dataDir: string,
  source: RoutingSource,
  endpoints: EndpointRows,
  gateway: Pick<GatewayLink, 'reload' | 'identity'>,
  log: Log,
): Publisher {
  let written: { content: string; revision: number } | null = null;
  let running: Promise<boolean> | null = null;
  let routed = new Set<string>();
  const once = async (): Promise<boolean> => {
    const routes = routesOf(source);
    const content = JSON.stringify(routes);
    if (written === null || written.content !== content) {
      const revision = endpoints.raiseRevision();
      const file: RoutesFile = { ...routes, revision };
      await writeRoutes(dataDir, file);
      written = { content, revision };
    }
    const current = written;
    try {
      let identity = await gateway.identity();
      if (identity.revision < current.revision) identity = await gateway.reload();
      if (identity.revision < current.revision || identity.epoch < source.epoch) return false;
      routed = new Set(routes.endpoints.flatMap(({ live }) => (live === null ? [] : [live.releaseId])));
      return true;
    } catch (error) {
      log.warn({ err: error }, 'the gateway has not taken the routes yet');
      return false;
    }
  };
  return {
    routes: (releaseId) => routed.has(releaseId),
    publish: async () => {
      // One at a time: a second caller's rows are committed, so it needs a run that starts after it came.
      while (running !== null) await running;
      running = once();
      try {
        return await running;
      } finally {
        running = null;
      }
    },
  };
}
