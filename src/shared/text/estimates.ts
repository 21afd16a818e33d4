import type { Phrase } from './format.ts';

/** What `seto cost estimate` prints. */
export const phrases = {
  'cost.estimate.total': {
    en: 'Total, full bill with tax: {yen} yen a month',
    ja: '合計 (全項目、税込): 月 {yen} 円',
  },
  'cost.estimate.paper': {
    en: 'of it formula (4), lines marked *, without tax: {yen} yen',
    ja: 'うち式 (4) の分 (* の行、税抜): {yen} 円',
  },
  'cost.estimate.layout': { en: 'Layout: {layout}', ja: '構成: {layout}' },
  'cost.estimate.derived': { en: 'Where the hours come from', ja: '時間の内訳' },
  'cost.estimate.session': {
    en: 'a session’s node: {node} h, of which {transfer} h pull {gb} GB; {sum} h a month in all',
    ja: '1 セッションのノード: {node} 時間 (うち {gb} GB の転送に {transfer} 時間)。月の合計 {sum} 時間',
  },
  'cost.estimate.retraining': {
    en: 'a retraining’s node: {node} h; {sum} h a month in all',
    ja: '1 回の再学習のノード: {node} 時間。月の合計 {sum} 時間',
  },
  'cost.estimate.kept_up': {
    en: 'the sessions need more hours than the month has: each developer’s node stays up all month',
    ja: 'セッションに必要な時間が 1 か月を超えるため、開発者ごとのノードを 1 か月動かし続けるものとします',
  },
  'cost.estimate.link_busy': {
    en: 'the link is busy {percent} % of working hours: nodes will wait for each other, which costs more than this; --simulate shows how much',
    ja: '作業時間の {percent} % で回線がふさがります。ノードどうしが回線を待つため、実際はこれより高くなります (--simulate で確認できます)',
  },
  'cost.line.system': { en: 'system', ja: 'システムノード' },
  'cost.line.operations': { en: 'operations', ja: '運用マシン' },
  'cost.line.develop': { en: 'develop', ja: '開発ノード' },
  'cost.line.train': { en: 'train', ja: '学習ノード' },
  'cost.line.loadBalancer': { en: 'load balancer', ja: 'ロードバランサー' },
  'cost.line.staticIps': { en: 'static addresses', ja: '固定アドレス' },
  'cost.line.other': { en: 'other', ja: 'その他' },
  'cost.line.osDisks': { en: 'system disks', ja: 'システムディスク' },
  'cost.line.dataDisks': { en: 'data disks', ja: 'データディスク' },
  'cost.line.aksTier': { en: 'AKS tier', ja: 'AKS の料金レベル' },
  'cost.line.loadBalancerData': { en: 'load balancer data', ja: 'ロードバランサー通信量' },
  'cost.line.natGateway': { en: 'NAT gateway', ja: 'NAT ゲートウェイ' },
  'cost.line.natData': { en: 'NAT data', ja: 'NAT 通信量' },
  'cost.line.egress': { en: 'egress', ja: '送信通信量' },
  'cost.line.blobStorage': { en: 'blob storage', ja: 'Blob ストレージ' },
  'cost.line.onpremDisk': { en: 'on-premises disk', ja: '社内ディスク' },
  'cost.line.onpremServer': { en: 'servers bought', ja: '購入サーバー' },
  'cost.line.onpremPower': { en: 'on-premises power', ja: '社内サーバー電力' },
  'cost.line.workstations': { en: 'GPU workstations', ja: 'GPU ワークステーション' },
  'cost.line.workstationPower': { en: 'workstation power', ja: 'ワークステーション電力' },
  'cost.line.developerMachines': { en: 'developers’ machines', ja: '開発用マシン' },
  'cost.line.developerPower': { en: 'developers’ power', ja: '開発用マシン電力' },
  'cost.line.tax': { en: 'tax', ja: '税' },
  'cost.simulate.head': {
    en: 'Simulated: {months} months, seeds from {seed}',
    ja: '模擬: {months} か月分、シード {seed} から',
  },
  'cost.simulate.none': {
    en: 'nothing to simulate: {layout} rents no nodes',
    ja: '模擬するものがありません。{layout} ではノードを借りません',
  },
  'cost.simulate.hours': {
    en: '{pool}: closed form {closed} node-hours, simulated {mean} ({least} to {most}) for {demands} demands on {nodes} nodes',
    ja: '{pool}: 閉じた式 {closed} ノード時間、模擬 {mean} ({least} ～ {most})。需要 {demands} 件、ノード {nodes} 台',
  },
  'cost.simulate.differences': {
    en: 'difference by reason: warm nodes boot less {boots}, and idle less {idle}; nodes wait for the link {link}; the data grows {growth}; each demand waits {wait} min for its node',
    ja: '差の内訳: 起動の省略 {boots}、待機の短縮 {idle}、回線待ち {link}、データの増加 {growth}。ノードを待つ時間は 1 件あたり {wait} 分',
  },
  'cost.simulate.times': {
    en: 'T_{n}: closed form {closed} h, simulated {simulated} h',
    ja: 'T_{n}: 閉じた式 {closed} 時間、模擬 {simulated} 時間',
  },
  'cost.simulate.yen': {
    en: 'Full bill: closed form {closed} yen, simulated {mean} yen ({least} to {most})',
    ja: '全項目の合計: 閉じた式 {closed} 円、模擬 {mean} 円 ({least} ～ {most})',
  },
  'cost.simulate.workload': {
    en: 'a scenario with a workload and a layout is expected: this one gives its hours itself',
    ja: 'workload と layout のあるシナリオを指定してください (このシナリオには時間が直接書かれています)',
  },
  'cost.estimate.within': { en: 'within the budget of {yen} yen', ja: '予算 {yen} 円以内' },
  'cost.unit.GB': { en: 'GB', ja: 'GB' },
  'cost.unit.GB-month': { en: 'GB-months', ja: 'GB 月' },
  'cost.unit.disk-month': { en: 'disk-months', ja: 'ディスク月' },
  'cost.unit.machine-month': { en: 'machine-months', ja: '台月' },
  'cost.unit.kWh': { en: 'kWh', ja: 'kWh' },
  'input.scenario.machine': {
    en: 'expected a VM size, { yen: … } or { usd: … }',
    ja: 'VM のサイズ、{ yen: … }、{ usd: … } のいずれかを指定してください',
  },
  'input.scenario.two_forms': {
    en: 'amounts are either given or derived from a workload: drop {key}, or drop layout, workload and assumptions',
    ja: '数量は直接書くか、作業量から求めるかのどちらかです。{key} を消すか、layout、workload、assumptions を消してください',
  },
  'input.scenario.layout': {
    en: 'a workload needs a layout: one of {list}',
    ja: 'workload には layout が必要です。{list} のいずれかを指定してください',
  },
  'input.scenario.empty': {
    en: 'nothing to estimate: give pools, loadBalancer, staticIps or other, or a layout with its workload',
    ja: '見積もる対象がありません。pools、loadBalancer、staticIps、other のいずれか、または layout と workload を書いてください',
  },
  'input.scenario.workload': {
    en: 'missing: layout and assumptions are for a workload',
    ja: '値がありません。layout と assumptions は workload と一緒に使います',
  },
  'input.scenario.day': {
    en: 'sessions of {hours} hours a day; a day has 24',
    ja: '1 日のセッションが {hours} 時間です。1 日は 24 時間です',
  },
  'input.scenario.fit': {
    en: 'the work needs {needed} node-hours; {nodes} nodes have {hours} in the month',
    ja: '作業に {needed} ノード時間が必要ですが、ノード {nodes} 台では 1 か月に {hours} 時間しかありません',
  },
  'cost.assumptions': { en: 'Assumptions', ja: '前提' },
} as const satisfies Record<string, Phrase>;
