import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'storage.mismatch': {
    status: 422,
    en: '{what} is not what was announced: expected {expected}, received {actual}.',
    ja: '{what} の内容が通知と違います: 予定 {expected}、受信 {actual}。',
    remedy: {
      en: 'Was the file changed while it was being sent? Run the same command again; nothing of it was kept.',
      ja: '送信中にファイルが変わっていませんか。同じコマンドをもう一度実行してください。途中の分は残っていません。',
    },
  },
  'storage.stalled': {
    status: 408,
    retryable: true,
    en: 'No byte arrived for {seconds} seconds; the transfer was ended.',
    ja: '{seconds} 秒間データが届かなかったため、転送を打ち切りました。',
    remedy: {
      en: 'Check the connection and run the same command again; what had arrived whole is not sent twice.',
      ja: '接続を確かめて同じコマンドをもう一度実行してください。届き終えた分は送り直しません。',
    },
  },
  'storage.bad_key': {
    status: 400,
    en: '{key} cannot be the name of a stored object.',
    ja: '{key} は保存先の名前にできません。',
    remedy: {
      en: 'Use relative paths of letters, digits, dot, underscore and hyphen.',
      ja: '英数字・ドット・下線・ハイフンの相対パスにしてください。',
    },
  },
  'data.unknown': {
    status: 404,
    en: 'There is no data set {name}.',
    ja: 'データセット {name} はありません。',
    remedy: {
      en: '`seto data ls` lists them; `seto data push {name} DIR` makes this one.',
      ja: '`seto data ls` で一覧できます。`seto data push {name} フォルダ` で作れます。',
    },
  },
  'data.bad_name': {
    status: 400,
    exit: 2,
    en: '{name} cannot be the name of a data set.',
    ja: '{name} はデータセットの名前にできません。',
    remedy: {
      en: 'Use letters, digits, dot, underscore and hyphen, beginning with a letter or digit; at most 100.',
      ja: '英数字で始まる英数字・ドット・下線・ハイフン、100 文字以内にしてください。',
    },
  },
  'data.no_snapshot': {
    status: 404,
    en: 'Data set {name} has no snapshot {id}.',
    ja: 'データセット {name} にスナップショット {id} はありません。',
    remedy: {
      en: '`seto data show {name}` lists its snapshots; `seto data push {name} DIR` makes one.',
      ja: '`seto data show {name}` で一覧できます。`seto data push {name} フォルダ` で作れます。',
    },
  },
  'data.ambiguous': {
    status: 409,
    en: '{id} fits several snapshots of {name}.',
    ja: '{id} に合うスナップショットが {name} に複数あります。',
    remedy: { en: 'Give more of the id.', ja: 'ID をもう少し長く指定してください。' },
  },
  'data.refused': {
    status: 422,
    en: 'The data set was not stored; {count} of its files cannot be part of it:\n{list}',
    ja: 'データセットは保存されませんでした。次の {count} 件が受け付けられません:\n{list}',
    remedy: {
      en: 'Correct the files named here, then push again; what was already sent is not sent twice.',
      ja: '示されたファイルを直してもう一度 push してください。送信済みの分は送り直しません。',
    },
  },
  'data.empty': {
    status: 422,
    en: 'There is no file to make a data set of.',
    ja: 'データセットにするファイルがありません。',
    remedy: {
      en: 'Name a folder with one sub-folder of pictures for each label; hidden files and groups.csv are not data.',
      ja: 'ラベルごとに画像のサブフォルダを置いたフォルダを指定してください。隠しファイルと groups.csv はデータになりません。',
    },
  },
  'data.too_many': {
    status: 422,
    en: 'A data set has at most {limit} files, and this one has more.',
    ja: 'データセットのファイルは {limit} 個までですが、それを超えています。',
    remedy: {
      en: 'Split it into several data sets, or pack what belongs together into one file.',
      ja: '複数のデータセットに分けるか、まとまりごとに 1 つのファイルにしてください。',
    },
  },
  'data.bad_manifest': {
    status: 422,
    en: 'Line {line} of the manifest is not valid: {problem}.',
    ja: 'マニフェストの {line} 行目が正しくありません: {problem}。',
    remedy: {
      en: 'Lines are `sha256 size group path`, sorted by the bytes of the path. `seto data push` writes them so.',
      ja: '各行は `sha256 サイズ グループ パス`、パスのバイト順です。`seto data push` が正しく作ります。',
    },
  },
  'data.changed_locally': {
    status: 409,
    en: 'Nothing was changed: {count} files here differ from what was pulled:\n{list}',
    ja: '何も変更しませんでした。次の {count} 件が手元で変わっています:\n{list}',
    remedy: {
      en: 'Push them first, move them away, or overwrite them with --force.',
      ja: '先に push するか、別の場所に移すか、--force で上書きしてください。',
    },
  },
  'data.bad_group_pattern': {
    status: 400,
    exit: 2,
    en: '--group {pattern} is not a usable pattern: {reason}.',
    ja: '--group {pattern} は使えないパターンです: {reason}。',
    remedy: {
      en: 'Give an RE2 pattern with one capture, such as --group "part-([0-9]+)".',
      ja: '括弧をひとつ含む RE2 のパターンにしてください (例: --group "part-([0-9]+)")。',
    },
  },
  'data.bad_frame': {
    status: 400,
    en: 'The batch of files is not well formed: {problem}.',
    ja: 'ファイルの束の形式が正しくありません: {problem}。',
    remedy: {
      en: 'Send `sha256 size` and a line feed before each file’s bytes.',
      ja: '各ファイルの前に `sha256 サイズ` と改行を送ってください。',
    },
  },
  'data.blob_missing': {
    status: 404,
    en: 'The content {sha256} is not there.',
    ja: '内容 {sha256} がありません。',
    remedy: {
      en: 'Push the data set again; only what is missing is sent.',
      ja: 'データセットをもう一度 push してください。足りない分だけ送ります。',
    },
  },
  'data.not_a_folder': {
    status: 400,
    exit: 2,
    en: '{dir} is not a folder that can be read.',
    ja: '{dir} は読めるフォルダではありません。',
    remedy: { en: 'Check the path.', ja: 'パスを確かめてください。' },
  },
} as const satisfies Record<string, ErrorEntry>;
