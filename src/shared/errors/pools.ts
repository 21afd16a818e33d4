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
  'cost.over_budget': {
    status: 409,
    exit: 4,
    en: 'This costs {total} yen a month, more than the budget of {budget} yen.',
    ja: '月 {total} 円かかり、予算 {budget} 円を超えます。',
    remedy: {
      en: 'Lower the hours or choose a cheaper machine (`seto cost prices`).',
      ja: '時間を減らすか、より安いマシンを選んでください (`seto cost prices`)。',
    },
  },
  'cost.unknown_vm': {
    status: 400,
    exit: 2,
    en: 'No price is known for {vm} in {region}.',
    ja: '{region} の {vm} の価格が分かりません。',
    remedy: {
      en: 'Nearest: {nearest}. Or give `pricePerHour: { yen: … }`.',
      ja: '近い名前: {nearest}。または `pricePerHour: { yen: … }` を書いてください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
