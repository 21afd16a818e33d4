import type { Phrase } from './format.ts';

/** The bill and the budget. */
export const phrases = {
  'cost.month': { en: 'Bill of {month} ({timeZone})', ja: '{month} の請求 ({timeZone})' },
  'cost.nothing': { en: 'Nothing was billed.', ja: '課金はありません。' },
  'cost.intervals': { en: 'Node intervals', ja: 'ノードの稼働区間' },
  'cost.item': {
    en: 'formula {formula}: {quantity} {unit} × {price} yen',
    ja: '式 {formula}: {quantity} {unit} × {price} 円',
  },
  'cost.unit.node-hour': { en: 'node-hours', ja: 'ノード時間' },
  'cost.unit.hour': { en: 'hours', ja: '時間' },
  'cost.unit.piece': { en: 'in all', ja: '一式' },
  'cost.times': { en: 'T_{n} = {hours} h', ja: 'T_{n} = {hours} 時間' },
  'cost.all_month': {
    en: 'one such machine all month: {yen} yen',
    ja: '同じマシンを 1 か月動かし続けた場合: {yen} 円',
  },
  'cost.kind.real': { en: 'Billed', ja: '実課金' },
  'cost.kind.simulated': { en: 'Simulated', ja: '模擬' },
  'cost.total': {
    en: '{kind}: {spent} yen + tax {tax} yen = {total} yen',
    ja: '{kind}: {spent} 円 + 税 {tax} 円 = {total} 円',
  },
  'cost.standing': {
    en: 'kept by leases {kept} yen; committed {committed} of {budget} yen ({percent} %)',
    ja: 'リースで確保 {kept} 円。予算 {budget} 円のうち {committed} 円 ({percent} %)',
  },
  'cost.forecast': {
    en: 'forecast for the month: {yen} yen ({low} to {high})',
    ja: '今月の見込み: {yen} 円 ({low} ～ {high})',
  },
  'cost.pipeline': {
    en: 'Cost ({kind}): about {expected} yen expected ({basis}), {most} yen at most, with tax.',
    ja: '費用 ({kind}): 見込み 約 {expected} 円 ({basis})、最大 {most} 円 (税込)。',
  },
  'cost.pipeline.month': {
    en: '{month} so far: {committed} of {budget} yen spent or kept. {room}',
    ja: '{month} はこれまでに {budget} 円中 {committed} 円を使用または確保。{room}',
  },
  'cost.pipeline.room.all': { en: 'There is room for it.', ja: '予算に空きがあります。' },
  'cost.pipeline.room.one': {
    en: 'There is room for one of its jobs at a time; the others wait.',
    ja: '空きは一度に 1 ジョブ分です。ほかのジョブは待ちます。',
  },
  'cost.pipeline.room.none': {
    en: 'There is no room: what it runs in the cloud waits. See `seto cost budget`.',
    ja: '空きがないため、クラウドのジョブは待ちます。`seto cost budget` で確認できます。',
  },
  'cost.basis.runs': { en: 'as its last runs, {runs} or more', ja: '直近の実行 {runs} 回以上の中央値' },
  'cost.basis.share': {
    en: 'it never ran here: {percent} % of its time limit',
    ja: '実行実績がないため制限時間の {percent} %',
  },
  'cost.basis.mixed': {
    en: 'as its last runs, and {percent} % of the time limit of jobs that never ran',
    ja: '直近の実行の中央値。実績のないジョブは制限時間の {percent} %',
  },
  'cost.basis.manual': { en: 'only if somebody starts it', ja: '手動で開始した場合だけ' },
  'event.none': { en: 'Nothing happened to the budget.', ja: '予算に関する出来事はありません。' },
  'event.scope.platform': { en: 'the budget', ja: '予算' },
  'event.scope.project': { en: 'the budget of {project}', ja: '{project} の予算' },
  'event.threshold': {
    en: '{threshold} % of the budget of {month}: {committedYen} of {budgetYen} yen are spent or kept',
    ja: '{month} の予算の {threshold} % に到達: {budgetYen} 円中 {committedYen} 円を使用または確保',
  },
  'event.refused': {
    en: 'job #{jobId} ({job}, {project}) waits: {scope} of {month} has no room; it needs {neededYen}, {leftYen} of {budgetYen} yen are left',
    ja: 'ジョブ #{jobId} ({job}、{project}) は待機: {month} の{scope}に空きがありません。必要 {neededYen} 円、残り {budgetYen} 円中 {leftYen} 円',
  },
  'event.warned': {
    en: '{nodeId} was started past {scope} of {month} (mode warn): it needs {neededYen}, {leftYen} of {budgetYen} yen were left',
    ja: '{nodeId} は {month} の{scope}を超えて起動 (方式 warn): 必要 {neededYen} 円、残り {budgetYen} 円中 {leftYen} 円',
  },
  'event.let_through': {
    en: '{actor} lets job #{jobId} ({job}, {project}) past the budget: {reason}',
    ja: '{actor} がジョブ #{jobId} ({job}、{project}) を予算を超えて許可: {reason}',
  },
  'event.spending_stopped': {
    en: '{actor} stopped all spending: {nodes} nodes end, {jobs} jobs are cancelled',
    ja: '{actor} がすべての支出を停止: ノード {nodes} 台を終了、ジョブ {jobs} 件を取り消し',
  },
  'event.spending_resumed': { en: '{actor} lets pools start nodes again', ja: '{actor} がプールを再開' },
  'event.allowed': {
    en: '{nodeId} of {pool} was leased past the budget, as {actor} allowed',
    ja: '{pool} の {nodeId} を、{actor} の許可により予算を超えてリース',
  },
  'event.orphan': {
    en: '{nodeId} of {pool} was known to nobody; it is booked and ended',
    ja: '{pool} の {nodeId} は記録にないノードです。記帳して終了します',
  },
  'event.overrun': {
    en: '{nodeId} of {pool} was billed past its lease',
    ja: '{pool} の {nodeId} はリースを超えて課金されました',
  },
  'cost.reach.expected': {
    en: 'at this rate the budget is reached on {day}',
    ja: 'このままでは {day} に予算に達します',
  },
  'cost.reach.earliest': {
    en: 'the budget is not expected to be reached this month; at the upper end of the range on {day}',
    ja: '今月中に予算に達する見込みはありません。見込みの上限では {day} に達します',
  },
  'cost.reach.not': { en: 'the budget is not reached this month', ja: '今月中に予算には達しません' },
  'cost.running': { en: 'running', ja: '稼働中' },
  'cost.source.provider': { en: 'by the provider’s word', ja: '提供元の記録' },
  'cost.source.node': { en: 'by the node’s record', ja: 'ノードの記録' },
  'cost.source.bounded': { en: 'bounded by its lease', ja: 'リース期限まで' },
  'cost.budget': {
    en: 'Budget: {yen} yen a month with tax ({source}, mode {mode}, tax {tax} %)',
    ja: '予算: 月 {yen} 円 (税込、{source}、方式 {mode}、税 {tax} %)',
  },
  'cost.budget.project': {
    en: '{project}: {yen} yen a month; spent or kept: {committed} yen',
    ja: '{project}: 月 {yen} 円。使用または確保: {committed} 円',
  },
} as const satisfies Record<string, Phrase>;
