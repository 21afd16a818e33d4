import type { Phrase } from './format.ts';

export const phrases = {
  'deploy.waiting': { en: 'Rolling out {release} behind {endpoint}', ja: '{release} を {endpoint} に展開中' },
  'deploy.live': {
    en: 'Live: {endpoint} answers with {release} ({model}).',
    ja: '稼働開始: {endpoint} は {release} ({model}) で応答しています。',
  },
  'deploy.accepted': {
    en: 'Accepted: {release}. `seto endpoint show {endpoint}` shows how it goes.',
    ja: '受け付けました: {release}。経過は `seto endpoint show {endpoint}` で見られます。',
  },
  'endpoint.none': {
    en: 'No endpoint yet. `seto deploy NAME` makes one.',
    ja: 'エンドポイントはまだありません。`seto deploy NAME` で作れます。',
  },
  'endpoint.no_live': { en: 'no live release', ja: '稼働中のリリースなし' },
  'endpoint.header': {
    en: '{name}  {url}  ({project}; {reach}; {memory} MB; keeps {keep})',
    ja: '{name}  {url}  ({project}、{reach}、メモリ {memory} MB、保持 {keep})',
  },
  'endpoint.open': { en: 'open', ja: '公開 (キー不要)' },
  'endpoint.keyed': { en: 'needs a key', ja: 'キーが必要' },
  'endpoint.accuracy': {
    en: 'Accuracy   {rate} % of {n} labelled predictions (95 %: {low}–{high} %)',
    ja: '正解率     {rate} % (正解つき予測 {n} 件、95 % 区間 {low}〜{high} %)',
  },
  'endpoint.no_accuracy': {
    en: 'Accuracy   no feedback for the live model yet',
    ja: '正解率     稼働中のモデルへのフィードバックはまだありません',
  },
  'endpoint.drift': {
    en: 'Drift      {drift} on {n} pictures (limit 1)',
    ja: 'ドリフト   {drift} (画像 {n} 枚、限界 1)',
  },
  'endpoint.drift_test': {
    en: '           {test}: {statistic} of {limit}',
    ja: '           {test}: {statistic} / 限界 {limit}',
  },
  'endpoint.no_drift': {
    en: 'Drift      the model carries no training reference',
    ja: 'ドリフト   モデルに学習時の基準がありません',
  },
  'endpoint.predictions': {
    en: 'Predicted  {total} ({day} in the last day, {unsure} unsure); {labels} labels since the last retraining, {waiting} waiting for their prediction',
    ja: '予測       {total} 件 (直近 1 日 {day} 件、判断保留 {unsure} 件)。前回の再学習以降の正解 {labels} 件、予測待ち {waiting} 件',
  },
  'endpoint.policy': { en: 'Policy     {decision}', ja: '再学習方針 {decision}' },
  'endpoint.no_policy': {
    en: 'Policy     none in .seto.yaml for this endpoint',
    ja: '再学習方針 このエンドポイントの指定は .seto.yaml にありません',
  },
  'endpoint.releases': { en: 'Releases', ja: 'リリース' },
  'endpoint.keys': { en: 'Keys       {names}', ja: 'キー       {names}' },
  'endpoint.stopped': {
    en: 'Stopped: {endpoint}. Its releases are kept.',
    ja: '停止しました: {endpoint}。リリースは残っています。',
  },
  'endpoint.removed': { en: 'Removed: {endpoint}.', ja: '削除しました: {endpoint}。' },
  'endpoint.key_made': { en: 'This key is shown once:', ja: 'このキーは一度だけ表示されます:' },
  'endpoint.key_revoked': { en: 'Revoked: {name}.', ja: '取り消しました: {name}。' },
  'retrain.accuracy': {
    en: 'retrains: accuracy {accuracy} (at most {high}) is below {floor}',
    ja: '再学習します: 正解率 {accuracy} (上限 {high}) が {floor} を下回りました',
  },
  'retrain.drift': {
    en: 'retrains: drift {drift} ({test}) is above {limit}',
    ja: '再学習します: ドリフト {drift} ({test}) が {limit} を超えました',
  },
  'retrain.new_labels': {
    en: 'retrains: {labels} new labels, {enough} are enough',
    ja: '再学習します: 新しい正解 {labels} 件 (基準 {enough} 件)',
  },
  'retrain.schedule': {
    en: 'retrains: its time has come ({schedule})',
    ja: '再学習します: 予定時刻です ({schedule})',
  },
  'retrain.no_release': { en: 'waits: nothing is live', ja: '待機: 稼働中のリリースがありません' },
  'retrain.running': { en: 'waits: a retraining is under way', ja: '待機: 再学習の実行中です' },
  'retrain.cool_down': { en: 'waits: cool-down until {until}', ja: '待機: {until} まで間隔を空けます' },
  'retrain.all_well': { en: 'waits: no condition holds', ja: '待機: どの条件にも当てはまりません' },
  'feedback.done': {
    en: '{matched} labels noted; {waiting} wait for their prediction.',
    ja: '正解 {matched} 件を記録しました。{waiting} 件は予測の到着を待ちます。',
  },
} as const satisfies Record<string, Phrase>;
