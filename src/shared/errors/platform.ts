import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'platform.needs_tls': {
    status: 400,
    exit: 2,
    en: '{address} is reachable from other machines, and there is no TLS certificate.',
    ja: '{address} はほかのマシンからも届きますが、TLS 証明書がありません。',
    remedy: {
      en: 'Give `tls: { cert, key }` in seto.yaml, listen on 127.0.0.1, or say `insecure: true`.',
      ja: 'seto.yaml に `tls: { cert, key }` を書くか、127.0.0.1 で待ち受けるか、`insecure: true` と明記してください。',
    },
  },
  'backup.no_data': {
    status: 404,
    exit: 2,
    en: '{dir} is not a data folder of Seto.',
    ja: '{dir} は Seto のデータフォルダではありません。',
    remedy: { en: 'Name it: `--data DIR`.', ja: '`--data DIR` で指定してください。' },
  },
  'backup.exists': {
    status: 409,
    exit: 2,
    en: '{file} exists already.',
    ja: '{file} はすでにあります。',
    remedy: {
      en: 'Give another name; a backup never overwrites an older one.',
      ja: '別の名前にしてください。バックアップは古いものを上書きしません。',
    },
  },
  'backup.failed': {
    status: 500,
    en: 'The backup could not be written: {reason}',
    ja: 'バックアップを書き込めませんでした: {reason}',
    remedy: {
      en: 'Mend the cause (often a full disk) and run `seto backup FILE` again.',
      ja: '原因 (多くはディスクの空き不足) を取り除き、`seto backup FILE` をもう一度実行してください。',
    },
  },
  'backup.bad': {
    status: 400,
    exit: 2,
    en: '{file} is no whole backup of Seto. {reason}',
    ja: '{file} は Seto の完全なバックアップではありません。{reason}',
    remedy: {
      en: 'Use a file that `seto backup` finished.',
      ja: '`seto backup` が完了したファイルを使ってください。',
    },
  },
  'backup.passphrase': {
    status: 400,
    exit: 2,
    en: 'The backup’s key needs its passphrase, and none or another one was given.',
    ja: 'バックアップ内の鍵にはパスフレーズが必要ですが、指定がないか、異なっています。',
    remedy: {
      en: 'Set SETO_BACKUP_PASSPHRASE, or give `--passphrase-file FILE`.',
      ja: 'SETO_BACKUP_PASSPHRASE を設定するか、`--passphrase-file FILE` で指定してください。',
    },
  },
  'restore.not_empty': {
    status: 409,
    exit: 2,
    en: '{dir} holds an installation already.',
    ja: '{dir} にはすでに環境があります。',
    remedy: {
      en: 'End it with `seto down --data {dir}` and move the folder away, or restore into another: `--data DIR`.',
      ja: '`seto down --data {dir}` で終了してフォルダを移すか、`--data DIR` で別のフォルダに復元してください。',
    },
  },
  'platform.locked': {
    status: 409,
    en: 'Another control plane is running on {dir}.',
    ja: '{dir} では別の制御プレーンが動いています。',
    remedy: {
      en: 'End it with `seto down --data {dir}`, or give another folder: `--data DIR`.',
      ja: '`seto down --data {dir}` で終了するか、`--data DIR` で別のフォルダを指定してください。',
    },
  },
  'platform.port_taken': {
    status: 409,
    en: 'Port {port} on {host} is in use by another program.',
    ja: '{host} のポート {port} はほかのプログラムが使っています。',
    remedy: {
      en: 'Give another: `seto up --listen {host}:PORT` (0 takes a free one), or `link.port`, `gateway.listen` in seto.yaml.',
      ja: '`seto up --listen {host}:ポート` (0 なら空きを使用)、または seto.yaml の `link.port`、`gateway.listen` で変えてください。',
    },
  },
  'platform.not_running': {
    status: 503,
    en: 'No control plane runs on {dir}.',
    ja: '{dir} では制御プレーンが動いていません。',
    remedy: { en: 'Start it with `seto up`.', ja: '`seto up` で起動してください。' },
  },
  'platform.gateway_failed': {
    status: 500,
    en: 'The gateway did not start: {reason}',
    ja: 'ゲートウェイが起動しませんでした: {reason}',
    remedy: { en: 'Its log is {log}.', ja: 'ログは {log} にあります。' },
  },
  'platform.no_isolation': {
    status: 400,
    exit: 2,
    en: 'There is no isolation here ({reason}), and {why}.',
    ja: '隔離が使えません ({reason})。しかも{why}。',
    remedy: {
      en: 'Install bubblewrap (`apt-get install bubblewrap`), or say `isolation: none` in seto.yaml.',
      ja: 'bubblewrap を入れる (`apt-get install bubblewrap`) か、seto.yaml に `isolation: none` と明記してください。',
    },
  },
  'demo.step_failed': {
    status: 500,
    en: '`{command}` failed:\n{output}',
    ja: '`{command}` が失敗しました:\n{output}',
    remedy: {
      en: 'Run the demo with --keep to look at what it left, and `seto doctor` for what the machine lacks.',
      ja: '`--keep` を付けて実行すると残りを調べられます。足りないものは `seto doctor` で分かります。',
    },
  },
  'demo.no_change': {
    status: 500,
    en: 'No change of the line lowered the deployed model’s accuracy by ten points; tried: {tried}.',
    ja: '現場の変化を試しましたが、稼働中モデルの正解率が 10 ポイント下がるものはありませんでした: {tried}。',
    remedy: {
      en: 'Give the demo more pictures of each label, or pictures with a harder task.',
      ja: '各ラベルの画像を増やすか、より難しい課題の画像を使ってください。',
    },
  },
  'demo.figure': {
    status: 500,
    en: 'The demo expected {expected} and saw {seen}.',
    ja: 'デモは {expected} を期待しましたが、結果は {seen} でした。',
    remedy: {
      en: 'Run it with --keep and look at the pipeline named above.',
      ja: '`--keep` を付けて実行し、上のパイプラインを調べてください。',
    },
  },
  'demo.pictures': {
    status: 400,
    exit: 2,
    en: '{dir} cannot be used: {reason}',
    ja: '{dir} は使えません: {reason}',
    remedy: {
      en: 'Give a folder with one sub-folder per label, each with at least 10 JPEG, PNG, BMP or TIFF pictures.',
      ja: 'ラベルごとのサブフォルダに、JPEG・PNG・BMP・TIFF の画像を 10 枚以上ずつ入れたフォルダを指定してください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
