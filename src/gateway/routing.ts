import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type RouteEntry, type RoutesFile, routesFileSchema } from '../api/contract/gateway.ts';
import type { Log } from '../shared/log.ts';

/** The routing file in use. */
export interface Routing {
  current(): RoutesFile | null;
  endpoint(name: string): RouteEntry | undefined;
  /** Reads the file again. Keeps what is in use where the file is older, foreign or unreadable (and says so). */
  reload(): Promise<{ applied: boolean; reason: string | null }>;
  /** Starts from the copy of the last file this gateway used, so that an older one is refused after a restart too. */
  restore(copy: string): Promise<void>;
}

/**
 * Follows `run/routes.json`. A file of another installation or with a lower (epoch, revision) is refused, so that a
 * restored or late control plane cannot undo a switch.
 */
export function createRouting(
  file: string,
  installationId: string | null,
  log: Log,
  changed: (routes: RoutesFile) => void,
): Routing {
  let routes: RoutesFile | null = null;
  let byName = new Map<string, RouteEntry>();
  const refuse = (reason: string) => {
    log.warn({ reason }, 'the routing file was not taken');
    return { applied: false, reason };
  };
  const take = async (from: string): Promise<{ applied: boolean; reason: string | null }> => {
    let next: RoutesFile;
    try {
      next = routesFileSchema.parse(JSON.parse(await readFile(from, 'utf8')));
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error));
    }
    if (installationId !== null && next.installationId !== installationId)
      return refuse(`it belongs to ${next.installationId}`);
    if (routes !== null && isOlder(next, routes))
      return refuse(`it is older (${next.epoch}.${next.revision} < ${routes.epoch}.${routes.revision})`);
    routes = next;
    byName = new Map(next.endpoints.map((entry) => [entry.name, entry]));
    changed(next);
    return { applied: true, reason: null };
  };
  return {
    current: () => routes,
    endpoint: (name) => byName.get(name),
    reload: () => take(file),
    restore: async (copy) => {
      if (existsSync(copy)) await take(copy);
    },
  };
}

/** Compares (epoch, revision) in this order. */
export function isOlder(
  a: Pick<RoutesFile, 'epoch' | 'revision'>,
  b: Pick<RoutesFile, 'epoch' | 'revision'>,
): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.revision < b.revision);
}
