import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'pool.unknown': {
    status: 404,
    en: 'There is no pool {pool}; there are: {known}.',
    ja: 'プール {pool} はありません。あるもの: {known}。',
    remedy: {
      en: '`seto pool ls` lists them; `pools:` in seto.yaml defines them.',
      ja: '`seto pool ls` で一覧できます。定義は seto.yaml の `pools:` です。',
    },
  },
  'node.unknown': {
    status: 404,
    en: 'There is no node {node} that is still up.',
    ja: '動いているノード {node} はありません。',
    remedy: { en: '`seto node ls` lists them.', ja: '`seto node ls` で一覧できます。' },
  },
  'node.bad_token': {
    status: 401,
    en: 'This one-time token belongs to no node.',
    ja: 'この一回限りのトークンに対応するノードはありません。',
    remedy: {
      en: 'Nodes are started by their pool (`seto pool ls`), not by hand.',
      ja: 'ノードは手ではなくプールが起動します (`seto pool ls`)。',
    },
  },
  'node.token_used': {
    status: 403,
    en: 'The one-time token of {node} was used before.',
    ja: '{node} の一回限りのトークンは既に使われています。',
    remedy: {
      en: 'If that was not this node, end it at once: `seto node stop {node} --now`.',
      ja: 'このノード自身でないなら、すぐ終了してください: `seto node stop {node} --now`。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
