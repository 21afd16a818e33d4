import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'runner.archive_failed': {
    status: 500,
    en: 'An archive could not be made or unpacked: {reason}',
    ja: 'アーカイブの作成または展開に失敗しました: {reason}',
    remedy: {
      en: 'Look at the job’s log and at the free space of the node’s disk, then retry the job: `seto job retry ID`.',
      ja: 'ジョブのログとノードのディスクの空きを確かめてから、`seto job retry ID` で再実行してください。',
    },
  },
  'runner.archive_refused': {
    status: 400,
    en: 'The archive of {what} was refused: {reason}.',
    ja: '{what} のアーカイブを拒否しました: {reason}。',
    remedy: {
      en: 'Look at what the earlier job put into its artifacts; links and names must stay inside the project’s folder.',
      ja: '先行ジョブの成果物を確かめてください。リンクと名前はプロジェクトのフォルダ内に収める必要があります。',
    },
  },
  'runner.artifacts_missing': {
    status: 404,
    en: 'The artifacts of job {name} could not be fetched (HTTP {status}).',
    ja: 'ジョブ {name} の成果物を取得できませんでした (HTTP {status})。',
    remedy: {
      en: 'They may have expired: retry that job first, then this one.',
      ja: '期限切れかもしれません。先にそのジョブを再実行してから、このジョブを再実行してください。',
    },
  },
  'runner.upload_refused': {
    status: 502,
    en: 'The server did not take the artifacts: {answer}',
    ja: 'サーバーが成果物を受け取りませんでした: {answer}',
    remedy: {
      en: 'Mend what the answer names, then retry the job: `seto job retry ID`.',
      ja: '答えが示す点を直してから、`seto job retry ID` で再実行してください。',
    },
  },
  'runner.bad_payload': {
    status: 502,
    en: 'The server sent a job that this runner cannot read: {problems}',
    ja: 'サーバーから届いたジョブをこのランナーは読めません: {problems}',
    remedy: {
      en: 'Bring node and control plane to the same version.',
      ja: 'ノードと制御プレーンの版を揃えてください。',
    },
  },
  'runner.not_enrolled': {
    status: 401,
    en: 'The control plane did not accept this node: {reason}',
    ja: '制御プレーンがこのノードを受け入れませんでした: {reason}',
    remedy: {
      en: 'Its one-time token is spent or its lease is over; the pool starts another node by itself.',
      ja: '一度限りのトークンが使用済みか、リースが切れています。プールが自動で別のノードを起動します。',
    },
  },
  'runner.bootstrap': {
    status: 400,
    exit: 2,
    en: 'The bootstrap file {file} cannot be used: {problems}',
    ja: 'ブートストラップファイル {file} は使えません: {problems}',
    remedy: {
      en: 'Nodes are started by their pool; `seto node ls` shows them.',
      ja: 'ノードはプールが起動します。`seto node ls` で一覧できます。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
