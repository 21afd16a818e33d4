import type { Principal } from '../identity/principal.ts';
import type { Pools } from '../pools/pools.ts';
import { fault } from '../shared/errors.ts';
import { beatNode, endedNode, enrollNode } from './contract/nodes.ts';
import { type Handler, handle } from './handle.ts';

/** What nodes say to the control plane: enroll, beat, ended. */
export function nodeHandlers({ pools }: { pools: Pools }): Handler[] {
  return [
    handle(enrollNode, ({ body }) => pools.enroll(body.oneTimeToken)),
    handle(beatNode, ({ body, principal }) => pools.beat(nodeOf(principal), body.state, body.sinceMs)),
    handle(endedNode, ({ body, principal }) => {
      pools.ended(nodeOf(principal), body.ranMs, body.reason);
      return undefined;
    }),
  ];
}

function nodeOf(principal: Principal): string {
  if (principal.kind !== 'node') throw fault('access.bad_token');
  return principal.nodeId;
}
