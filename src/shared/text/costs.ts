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
  'cost.intervals.many': {
    en: '{pool} at {price} yen an hour: {count} nodes ({running} running); `seto cost report --intervals` lists them',
    ja: '{pool} (1 時間 {price} 円): ノード {count} 台 (稼働中 {running})。`seto cost report --intervals` で一覧できます',
  },
  'cost.corrections': {
    en: 'Corrections ({count}; the entries they replace stay in the ledger)',
    ja: '訂正 ({count} 件。置き換えられた記録も台帳に残ります)',
  },
  'cost.correction': {
    en: '{node}  {before} s → {after} s ({yen} yen): {reason}',
    ja: '{node}  {before} 秒 → {after} 秒 ({yen} 円): {reason}',
  },
  'cost.by.title': { en: 'By {by}, without tax', ja: '{by}別 (税抜)' },
  'cost.by.item': { en: 'item', ja: '項目' },
  'cost.by.pool': { en: 'pool', ja: 'プール' },
  'cost.by.project': { en: 'project', ja: 'プロジェクト' },
  'cost.by.job': { en: 'job', ja: 'ジョブ' },
  'cost.by.person': { en: 'person', ja: '人' },
  'cost.row.none': { en: '(no job)', ja: '(ジョブなし)' },
  'cost.row.fixed': { en: '(fixed costs)', ja: '(固定費)' },
  'cost.row.others': { en: '(others)', ja: '(その他の人・プロジェクト)' },
  'cost.row.rest': { en: '({count} more)', ja: '(ほか {count} 件)' },
  'cost.column.yen': { en: 'yen', ja: '円' },
  'cost.column.hours': { en: 'hours', ja: '時間' },
  'cost.column.price': { en: 'yen an hour', ja: '1 時間の円' },
  'cost.column.work': { en: 'hours of its own', ja: '自身の時間' },
  'cost.column.wait': { en: 'boot, gaps, idle', ja: '起動・空き時間' },
  'cost.column.expected': { en: 'expected', ja: '見込み' },
  'cost.column.most': { en: 'at most', ja: '最大' },
  'cost.column.difference': { en: 'difference', ja: '差' },
  'cost.invoice.period': {
    en: 'Invoice of {first} to {last} (UTC), {rows} rows',
    ja: '請求書: {first} ～ {last} (UTC)、{rows} 行',
  },
  'cost.invoice.empty': { en: 'The invoice has no rows.', ja: '請求書に行がありません。' },
  'cost.invoice.agreed': {
    en: '{count} nodes and fixed costs agree: {yen} yen',
    ja: '{count} 件のノード・固定費が一致: {yen} 円',
  },
  'cost.invoice.simulated': {
    en: 'simulated entries of the ledger stand on no invoice and were not compared',
    ja: '台帳の模擬の記録は請求書に載らないため、照合していません',
  },
  'cost.invoice.not_in_ledger': { en: 'on the invoice, not in the ledger', ja: '請求書にあり台帳にない' },
  'cost.invoice.not_on_invoice': { en: 'in the ledger, not on the invoice', ja: '台帳にあり請求書にない' },
  'cost.invoice.quantity': { en: 'other hours', ja: '時間が異なる' },
  'cost.invoice.price': { en: 'other price', ja: '単価が異なる' },
  'cost.invoice.sides': {
    en: 'ledger {ledgerHours} h, {ledgerYen} yen; invoice {invoiceHours} h, {invoiceYen} yen',
    ja: '台帳 {ledgerHours} 時間 {ledgerYen} 円、請求書 {invoiceHours} 時間 {invoiceYen} 円',
  },
  'cost.invoice.other.installation': {
    en: 'another installation ({name}): {rows} rows, {yen} yen',
    ja: '別の Seto ({name}): {rows} 行、{yen} 円',
  },
  'cost.invoice.other.untagged': {
    en: 'not ours, subscription {name}: {rows} rows without a tag of ours, {yen} yen',
    ja: '対象外 (サブスクリプション {name}): タグのない {rows} 行、{yen} 円',
  },
  'cost.invoice.cell': {
    en: 'line {line}, column {column}: {given} (expected {expected})',
    ja: '{line} 行目、列 {column}: {given} ({expected} が必要)',
  },
  'cost.invoice.row': { en: 'line {line}: {problem}', ja: '{line} 行目: {problem}' },
  'cost.invoice.quotes': {
    en: 'a quotation mark is missing or stands in the wrong place',
    ja: '引用符が足りないか、位置が正しくありません',
  },
  'cost.invoice.more': {
    en: '… and {count} more, {yen} yen in all; `--json` lists them',
    ja: '… ほか {count} 件、合計 {yen} 円。`--json` ですべて表示されます',
  },
  'cost.invoice.rate': {
    en: 'a number above 0, at most 10^15, is expected',
    ja: '0 より大きく 10^15 以下の数を指定してください',
  },
  'cost.invoice.expected.date': { en: 'YYYY-MM-DD or MM/DD/YYYY', ja: 'YYYY-MM-DD か MM/DD/YYYY' },
  'cost.invoice.expected.number': {
    en: 'a number from -10^15 to 10^15, at most 30 decimals',
    ja: '-10^15 から 10^15 まで、小数 30 桁以内の数値',
  },
  'cost.invoice.expected.currency': { en: 'a currency such as JPY', ja: 'JPY などの通貨' },
  'cost.invoice.expected.tags': { en: 'tags as JSON', ja: 'JSON 形式のタグ' },
  'cost.compare.title': { en: 'Estimate and bill ({kind})', ja: '見積もりと請求 ({kind})' },
  'cost.compare.open': {
    en: 'the month is not over: the bill reaches until {until}',
    ja: '月の途中です。請求は {until} までのものです',
  },
  'cost.compare.estimated': { en: 'estimated', ja: '見積もり' },
  'cost.compare.billed': { en: 'billed', ja: '請求' },
  'cost.compare.only_estimated': { en: 'only estimated', ja: '見積もりのみ' },
  'cost.compare.only_billed': { en: 'only billed', ja: '請求のみ' },
  'cost.compare.total': { en: 'total', ja: '合計' },
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
    en: 'kept by leases {kept} yen, fixed costs to come {fixed} yen; committed {committed} of {budget} yen ({percent} %)',
    ja: 'リースで確保 {kept} 円、月末までの固定費 {fixed} 円。予算 {budget} 円のうち {committed} 円 ({percent} %)',
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
  'cost.pipeline.room.warn': {
    en: 'There is no room for all of it; it starts all the same (mode warn).',
    ja: '全部を動かす空きはありませんが、方式 warn のためそのまま始まります。',
  },
  'cost.pipeline.room.project': {
    en: '(It is the project’s own budget that has no room.)',
    ja: '(空きがないのはプロジェクト自身の予算です。)',
  },
  'cost.pipeline.room.one': {
    en: 'There is room for some of its jobs, not for all at once: the others wait.',
    ja: '全ジョブを同時に動かす空きはありません。一部のジョブは待ちます。',
  },
  'cost.pipeline.room.none': {
    en: 'There is no room: what it runs in the cloud waits, unless a node that is up is paid for long enough. See `seto cost budget`.',
    ja: '空きがないため、支払い済みの時間が足りるノードが動いていなければ、クラウドのジョブは待ちます。`seto cost budget` で確認できます。',
  },
  'cost.basis.runs': { en: 'as its last runs, {runs} or more', ja: '直近の実行 {runs} 回以上の中央値' },
  'cost.basis.share': {
    en: 'no run of it is billed yet: {percent} % of its time limit',
    ja: '請求に載った実行がまだないため制限時間の {percent} %',
  },
  'cost.basis.mixed': {
    en: 'as its last runs, and {percent} % of the time limit of jobs without a billed run',
    ja: '直近の実行の中央値。請求に載った実行がないジョブは制限時間の {percent} %',
  },
  'cost.basis.manual': { en: 'only if somebody starts it', ja: '手動で開始した場合だけ' },
  'event.none': { en: 'Nothing happened to the budget.', ja: '予算に関する出来事はありません。' },
  'event.scope.platform': { en: 'the budget', ja: '全体' },
  'event.scope.project': { en: 'the budget of {project}', ja: '{project}' },
  'event.threshold': {
    en: '{threshold} % of the budget of {month}: {committedYen} of {budgetYen} yen are spent or kept',
    ja: '{month} の予算の {threshold} % に到達: {budgetYen} 円中 {committedYen} 円を使用または確保',
  },
  'event.refused': {
    en: 'job #{jobId} ({job}, {project}) waits: {scope} of {month} has no room; it needs {neededYen}, {leftYen} of {budgetYen} yen are left',
    ja: 'ジョブ #{jobId} ({job}、{project}) は待機: {month} の予算 ({scope}) に空きがありません。必要 {neededYen} 円、残り {budgetYen} 円中 {leftYen} 円',
  },
  'event.warned': {
    en: '{nodeId} was started past {scope} of {month} (mode warn): it needs {neededYen}, {leftYen} of {budgetYen} yen were left',
    ja: '{nodeId} は {month} の予算 ({scope}) を超えて起動 (方式 warn): 必要 {neededYen} 円、残り {budgetYen} 円中 {leftYen} 円',
  },
  'event.let_through': {
    en: '{actor} lets job #{jobId} ({job}, {project}) past the budget: {reason}',
    ja: '{actor} がジョブ #{jobId} ({job}、{project}) を予算を超えて許可: {reason}',
  },
  'event.spending_stopped': {
    en: '{actor} stopped all spending; nodes that end: {nodes}, jobs that are cancelled: {jobs}',
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
    en: '{nodeId} of {pool} was billed past its lease, by {overMs} ms when it was seen, at {priceYenPerHour} yen an hour',
    ja: '{pool} の {nodeId} はリースを超えて課金されました (判明時点で {overMs} ミリ秒、1 時間 {priceYenPerHour} 円)',
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
  'cost.kind_of.allowed': { en: 'allowed past the budget', ja: '予算を超えて許可' },
  'cost.kind_of.orphan': { en: 'orphan', ja: '記録にないノード' },
  'cost.kind_of.overrun': { en: 'past its lease', ja: 'リース超過' },
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
  'cost.budget.no_project': {
    en: '{project}: {yen} yen a month, but there is no project of that path: it limits nobody. Look at `budget.projects` in seto.yaml.',
    ja: '{project}: 月 {yen} 円。ただし、このパスのプロジェクトがないため何も制限しません。seto.yaml の `budget.projects` を確認してください。',
  },
} as const satisfies Record<string, Phrase>;
