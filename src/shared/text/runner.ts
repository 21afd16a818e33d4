import type { Phrase } from './format.ts';

export const phrases = {
  'runner.running_with': {
    en: 'Running with seto {version} on {node}',
    ja: 'seto {version} が {node} で実行します',
  },
  'runner.isolated': {
    en: 'Isolation: bubblewrap. Limits: {limits}, disk {diskGb} GB',
    ja: '隔離: bubblewrap。上限: {limits}, disk {diskGb} GB',
  },
  'runner.not_isolated': {
    en: 'WARNING: no isolation. This job has the rights of the node’s own user. Limits: {limits}, disk {diskGb} GB',
    ja: '警告: 隔離なし。このジョブはノードの利用者と同じ権限を持ちます。上限: {limits}, disk {diskGb} GB',
  },
  'runner.section.prepare': { en: 'Preparing environment', ja: '環境の準備' },
  'runner.section.sources': {
    en: 'Getting source from Git repository',
    ja: 'Git リポジトリからソースを取得',
  },
  'runner.section.restore_cache': { en: 'Restoring cache', ja: 'キャッシュの復元' },
  'runner.section.download': { en: 'Downloading artifacts', ja: '成果物の取得' },
  'runner.section.script': { en: 'Executing the script of the job', ja: 'ジョブのスクリプトを実行' },
  'runner.section.after_script': { en: 'Running after_script', ja: 'after_script を実行' },
  'runner.section.save_cache': { en: 'Saving cache', ja: 'キャッシュの保存' },
  'runner.section.upload': { en: 'Uploading artifacts', ja: '成果物の送信' },
  'runner.cache_found': {
    en: 'Cache {key}: {files} files restored',
    ja: 'キャッシュ {key}: {files} 個のファイルを復元',
  },
  'runner.cache_absent': { en: 'Cache {key}: nothing there yet', ja: 'キャッシュ {key}: まだありません' },
  'runner.cache_saved': {
    en: 'Cache {key}: {files} files saved',
    ja: 'キャッシュ {key}: {files} 個のファイルを保存',
  },
  'runner.downloaded': {
    en: 'Artifacts of {name}: {files} files',
    ja: '{name} の成果物: {files} 個のファイル',
  },
  'runner.pattern_empty': {
    en: 'WARNING: {pattern}: no matching files',
    ja: '警告: {pattern}: 一致するファイルがありません',
  },
  'runner.link_left_out': {
    en: 'WARNING: {link} is left out: it is a link that leads out of the project’s folder',
    ja: '警告: {link} を除きました: プロジェクトのフォルダの外を指すリンクです',
  },
  'runner.nothing_to_upload': { en: 'No files to upload', ja: '送信するファイルがありません' },
  'runner.uploaded': {
    en: '{name}: {files} files uploaded, {bytes} bytes',
    ja: '{name}: {files} 個のファイルを送信、{bytes} バイト',
  },
  'runner.log_limit': {
    en: 'The job’s log exceeded its limit of {limit} bytes; the rest is left out.',
    ja: 'ジョブのログが上限 {limit} バイトを超えました。以降は省略します。',
  },
  'runner.disk_limit': {
    en: 'ERROR: the job’s folder holds {gb} GB, its limit is {limitGb} GB; the job is ended.',
    ja: 'エラー: ジョブのフォルダが {gb} GB になり、上限 {limitGb} GB を超えたため、ジョブを終了します。',
  },
  'runner.disk_full': {
    en: 'ERROR: the node’s disk has only {freeMb} MB free; the job is ended before it is full.',
    ja: 'エラー: ノードのディスクの空きが {freeMb} MB しかないため、一杯になる前にジョブを終了します。',
  },
  'runner.after_script_failed': {
    en: 'WARNING: after_script failed, but the job goes on: {reason}',
    ja: '警告: after_script が失敗しましたが、ジョブは続行します: {reason}',
  },
  'runner.no_git': {
    en: 'The sources could not be fetched (exit code {code}).',
    ja: 'ソースを取得できませんでした (終了コード {code})。',
  },
  'runner.succeeded': { en: 'Job succeeded', ja: 'ジョブは成功しました' },
  'runner.failed_code': {
    en: 'ERROR: Job failed: exit code {code}',
    ja: 'エラー: ジョブは失敗しました: 終了コード {code}',
  },
  'runner.failed': { en: 'ERROR: Job failed: {reason}', ja: 'エラー: ジョブは失敗しました: {reason}' },
  'runner.timed_out': {
    en: 'ERROR: Job failed: execution took longer than {seconds} s',
    ja: 'エラー: ジョブは失敗しました: 実行が {seconds} 秒を超えました',
  },
  'runner.canceled': { en: 'Job was canceled', ja: 'ジョブは取り消されました' },
  'runner.lease_over': {
    en: 'ERROR: Job failed: the lease of its node is over; it was asked to end while there was time to deliver this. Give the job a longer `timeout:` and run it again: `seto job retry JOB`',
    ja: 'エラー: ジョブは失敗しました: ノードのリース (前払いした時間) が尽きます。ここまでを届けられるうちに終了を求めました。ジョブの `timeout:` を長くして、もう一度実行してください: `seto job retry JOB`',
  },
  'runner.node_ordered': {
    en: 'ERROR: Job failed: its node was ended by order',
    ja: 'エラー: ジョブは失敗しました: 指示によりノードが終了しました',
  },
} as const satisfies Record<string, Phrase>;
