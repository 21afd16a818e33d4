import type { Phrase } from './format.ts';

export const phrases = {
  'wait.budget': {
    en: 'the budget of {month} has no room: it needs {neededYen} yen with tax, {leftYen} of {budgetYen} are left ({committedYen} are spent or kept)',
    ja: '{month} の予算に空きがありません: 税込 {neededYen} 円が必要ですが、残りは {budgetYen} 円中 {leftYen} 円です (使用済みと確保済みが {committedYen} 円)',
  },
  'wait.budget.advice': {
    en: 'It starts by itself when a lease ends early, the budget is raised or the month turns. Now, by an administrator: `seto cost budget set YEN`, or this job alone: `seto job allow {id} --reason TEXT`. Where the money went: `seto cost report`',
    ja: 'リースが早く終わる、予算が上がる、または月が替わると自動で始まります。すぐに動かすには管理者が `seto cost budget set 円`、このジョブだけなら `seto job allow {id} --reason 理由`。支出の内訳は `seto cost report`',
  },
  'wait.budget_project': {
    en: 'its project’s own budget of {month} has no room: it needs {neededYen} yen with tax, {leftYen} of {budgetYen} are left ({committedYen} are spent or kept)',
    ja: 'プロジェクト自身の {month} の予算に空きがありません: 税込 {neededYen} 円が必要ですが、残りは {budgetYen} 円中 {leftYen} 円です (使用済みと確保済みが {committedYen} 円)',
  },
  'wait.budget_project.advice': {
    en: 'It starts by itself when a lease of the project ends early or the month turns. An administrator raises `budget.projects` in seto.yaml, or lets this job through: `seto job allow {id} --reason TEXT`. Where it stands: `seto cost budget`',
    ja: 'プロジェクトのリースが早く終わるか、月が替わると自動で始まります。管理者は seto.yaml の `budget.projects` を上げるか、このジョブだけ許可できます: `seto job allow {id} --reason 理由`。現状は `seto cost budget`',
  },
  'wait.no_pool': {
    en: 'no pool carries its tags: {tags}',
    ja: 'タグ {tags} を受け持つプールがありません',
  },
  'wait.no_executor': {
    en: 'it wants the image {image}, and no pool with its tags runs containers',
    ja: 'イメージ {image} が必要ですが、このタグのプールはコンテナを実行しません',
  },
  'wait.pool_paused': { en: 'the pool {pool} is paused', ja: 'プール {pool} は一時停止中です' },
  'wait.starting': { en: 'a node of {pool} is starting', ja: '{pool} のノードを起動しています' },
  'wait.pool_full': {
    en: 'all {maxNodes} nodes of {pool} are busy',
    ja: '{pool} のノード {maxNodes} 台はすべて使用中です',
  },
  'wait.clock': {
    en: 'this machine’s clock is {minutes} minutes behind the latest time it showed; billed machines wait. Set it, or, where it is right now, an admin runs `seto pool resume --all`',
    ja: 'このマシンの時計が、以前に示した時刻より {minutes} 分遅れています。課金されるマシンは起動しません。時計を合わせるか、今の時刻が正しければ管理者が `seto pool resume --all` を実行してください',
  },
  'wait.clock_provider': {
    en: 'this machine’s clock and the clock of pool {pool}’s provider are {minutes} minutes apart; billed machines wait until they agree. Set this machine’s clock',
    ja: 'このマシンの時計と、プール {pool} の提供元の時計が {minutes} 分ずれています。一致するまで、課金されるマシンは起動しません。このマシンの時計を合わせてください',
  },
  'wait.restored': {
    en: 'restored from a backup: an admin must confirm the month’s spending with `seto pool resume --all`',
    ja: 'バックアップからの復元後です。管理者が今月の支出を確認し `seto pool resume --all` を実行してください',
  },
  'pool.simulated': { en: 'simulated', ja: '模擬' },
  'pool.unbilled': { en: 'not billed', ja: '課金なし' },
  'pool.per_hour': { en: '{yen} yen/h', ja: '{yen} 円/時' },
  'pool.nodes': { en: '{count} of {min}–{max} nodes', ja: 'ノード {count} 台 ({min}–{max})' },
  'pool.held.paused': { en: 'paused', ja: '一時停止中' },
  'pool.held.restored': { en: 'waits for an admin (restored)', ja: '管理者の確認待ち (復元後)' },
  'pool.paused': {
    en: 'Paused: {pool}. What runs goes on.',
    ja: '一時停止しました: {pool}。実行中のものは続きます。',
  },
  'pool.stopped': {
    en: 'All spending stops. Billed nodes that end: {nodes}; jobs on them that are cancelled and clean up: {jobs}. Nothing starts until `seto pool resume --all`.',
    ja: 'すべての支出を止めます: 課金ノード {nodes} 台を終了し、その上のジョブ {jobs} 件は後始末をして取り消します。`seto pool resume --all` まで何も始まりません。',
  },
  'pool.resumed': { en: 'Resumed: {pool}.', ja: '再開しました: {pool}。' },
  'pool.all': { en: 'all pools', ja: 'すべてのプール' },
  'node.none': { en: 'No node is up.', ja: '動いているノードはありません。' },
  'node.stopping': { en: '{node} ends after its job.', ja: '{node} は今のジョブの後に終了します。' },
  'node.stopping_now': { en: '{node} is being ended now.', ja: '{node} を今すぐ終了します。' },
  'node.lease': { en: 'paid for {minutes} more minutes', ja: '残り {minutes} 分は支払い済み' },
  'node.job': { en: 'job #{job}', ja: 'ジョブ #{job}' },
} as const satisfies Record<string, Phrase>;
