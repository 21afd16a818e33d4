import { expect, it } from 'vitest';
import type { Principal } from '../identity/principal.ts';
import type { NodeRow } from '../pools/node-rows.ts';
import type { Call } from './handle.ts';
import { type PoolHandlerDeps, poolHandlers } from './pools.ts';

const node = { id: 'node-a', pool: 'train', state: 'up', projectId: 7, jobId: 3 } as unknown as NodeRow;
const pool = { config: { name: 'train' }, price: null, simulated: false, held: null, nodes: [node] };
const handlers = poolHandlers({
  pools: { nodes: () => [node], show: () => pool },
  ledger: { lease: () => null },
  identity: { canSee: (principal: Principal) => principal.kind === 'user' && principal.userId === 1 },
  projectPath: () => 'factory/secret',
} as unknown as PoolHandlerDeps);

it.each(['/api/v1/nodes', '/api/v1/pools/:pool'])(
  'names a node’s project only to those who may look into it: %s',
  (path) => {
    const answer = (userId: number): string => {
      const found = handlers.find(({ route }) => route.method === 'GET' && route.path === path);
      const call = { principal: { kind: 'user', userId }, params: { pool: 'train' }, query: {} };
      return JSON.stringify(found?.run(call as unknown as Call));
    };
    expect(answer(1)).toContain('"project":"factory/secret"');
    expect(answer(2)).toContain('"project":null');
  },
);
