import { expect, it } from 'vitest';
import type { Principal } from '../identity/principal.ts';
import type { NodeRow } from '../pools/node-rows.ts';
import type { Call } from './handle.ts';
import { type PoolHandlerDeps, poolHandlers } from './pools.ts';

const node = {
  ...{ id: 'node-a', pool: 'train', state: 'up', projectId: 7, jobId: 3 },
  demand: { kind: 'job', id: '2' },
} as unknown as NodeRow;
/** Never bound to a project: on-premises, any may use it. */
const shared = { ...node, projectId: null, jobId: 4, demand: { kind: 'minimum', id: '' } };
const pool = { config: { name: 'train' }, price: null, simulated: false, held: null, nodes: [node, shared] };
const handlers = poolHandlers({
  pools: { nodes: () => [node, shared], show: () => pool },
  ledger: { lease: () => null },
  identity: {
    canSee: (principal: Principal, id: number) =>
      principal.kind === 'user' && principal.userId === 1 && id === 7,
  },
  projectPath: () => 'factory/secret',
  projectOfJob: (id: number) => ({ 2: 7, 3: 7, 4: 8 })[id] ?? null,
} as unknown as PoolHandlerDeps);

it.each(['/api/v1/nodes', '/api/v1/pools/:pool'])(
  'names a node’s project and job only to those who may look into it: %s',
  (path) => {
    const answer = (userId: number) => {
      const found = handlers.find(({ route }) => route.method === 'GET' && route.path === path);
      const call = { principal: { kind: 'user', userId }, params: { pool: 'train' }, query: {} };
      const shown = found?.run(call as unknown as Call) as NodeRow[] | { nodeList: NodeRow[] };
      return 'nodeList' in shown ? shown.nodeList : shown;
    };
    const other = { activity: 'busy', project: null, jobId: null, demand: { kind: 'minimum', id: '' } };
    expect(answer(1)).toMatchObject([
      { activity: 'busy', project: 'factory/secret', jobId: 3, demand: { kind: 'job', id: '2' } },
      other,
    ]);
    expect(answer(2)).toMatchObject([
      { activity: 'busy', project: null, jobId: null, demand: { kind: 'job', id: null } },
      other,
    ]);
  },
);
