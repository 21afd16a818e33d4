import path from 'node:path';
import { createGatewayLink } from '../deployments/gateway-link.ts';
import { nodeFolders, readNote } from '../pools/drivers/node-folder.ts';
import { createProcessPool } from '../pools/drivers/process-pool.ts';
import { systemClock } from '../shared/clock.ts';
import { askSocket, controlSocket } from './control-socket.ts';
import { isLocked } from './lock.ts';

/** How long the control plane may take to close after it answered. */
const closeLimitMs = 20_000;

/**
 * Ends everything of a data folder. The control plane does it where it runs; where it does not, nodes and gateway are
 * found by their own sockets and records. The ledger books such nodes at the next start, by their end records.
 */
export async function endEverything(dataDir: string): Promise<{ anything: boolean; nodes: number }> {
  const asked = await askSocket<{ nodes: number }>(controlSocket(dataDir), 'POST', '/down');
  if (asked !== null) {
    const until = systemClock.monotonic() + closeLimitMs;
    while (isLocked(dataDir) && systemClock.monotonic() < until) await systemClock.sleep(50);
    return { anything: true, nodes: asked.nodes };
  }
  const nodes = await endNodes(path.join(dataDir, 'run', 'nodes'));
  const gateway = createGatewayLink(dataDir);
  const serving = (await gateway.identity().catch(() => null)) !== null;
  if (serving) await gateway.shutdown();
  return { anything: serving || nodes > 0, nodes };
}

async function endNodes(root: string): Promise<number> {
  let ended = 0;
  for (const folder of await nodeFolders(root)) {
    const note = await readNote(folder);
    if (note === null || note.to !== null) continue;
    const driver = createProcessPool({
      clock: systemClock,
      root,
      pool: note.pool,
      installationId: note.installationId,
      bootstrap: () => ({}),
      command: () => {
        throw new Error('nothing is started here');
      },
    });
    if (!(await driver.started()).includes(note.nodeId)) continue;
    await driver.end(note.nodeId);
    ended += 1;
  }
  return ended;
}
