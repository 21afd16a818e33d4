import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'core.internal': {
    status: 500,
    retryable: true,
    en: 'Something failed inside Seto (reference {reference}).',
    ja: 'Seto の内部で失敗しました (参照番号 {reference})。',
    remedy: {
      en: 'Look for the reference in the control plane’s log, and try again.',
      ja: '制御プレーンのログで参照番号を探し、もう一度試してください。',
    },
  },
  'core.usage': {
    status: 400,
    exit: 2,
    en: '{what}',
    ja: '{what}',
    remedy: { en: 'See `{command} --help`.', ja: '`{command} --help` を見てください。' },
  },
  'core.file': {
    status: 400,
    exit: 2,
    en: '{path} cannot be used: {reason}.',
    ja: '{path} は使えません: {reason}。',
    remedy: { en: 'Check the path and who may use it.', ja: 'パスと権限を確かめてください。' },
  },
  'core.bad_input': {
    status: 400,
    exit: 2,
    en: 'The request is not valid: {problems}',
    ja: '要求が正しくありません: {problems}',
    remedy: {
      en: 'Correct the fields named here and send it again.',
      ja: '示された項目を直して送り直してください。',
    },
  },
  'core.not_found': {
    status: 404,
    en: 'There is no {what}.',
    ja: '{what} はありません。',
    remedy: {
      en: 'Check the spelling; the matching `ls` command lists what exists.',
      ja: '綴りを確かめてください。対応する `ls` コマンドで一覧できます。',
    },
  },
  'core.conflict': {
    status: 409,
    en: '{what} already exists.',
    ja: '{what} は既にあります。',
    remedy: {
      en: 'Choose another name, or use what is there.',
      ja: '別の名前にするか、既にあるものを使ってください。',
    },
  },
  'core.unreachable': {
    status: 502,
    retryable: true,
    en: 'Nothing answers at {url} ({reason}).',
    ja: '{url} が応答しません ({reason})。',
    remedy: {
      en: 'Is the platform running there? `seto up` starts it, `seto status` shows it.',
      ja: 'プラットフォームは動いていますか。`seto up` で起動し、`seto status` で確認できます。',
    },
  },
  'core.no_space': {
    status: 507,
    retryable: true,
    en: 'The disk under {path} has only {free} free; at least {needed} must stay free.',
    ja: '{path} のディスクの空きは {free} だけです。少なくとも {needed} が必要です。',
    remedy: {
      en: 'Free some space (`seto data gc`, `seto image ls`), then try again.',
      ja: '空きを作って (`seto data gc`、`seto image ls`) から、もう一度試してください。',
    },
  },
  'core.too_large': {
    status: 413,
    en: '{what} is larger than {limit}.',
    ja: '{what} が上限 {limit} を超えています。',
    remedy: { en: 'Send less at once.', ja: '一度に送る量を減らしてください。' },
  },
  'core.packed': {
    status: 415,
    en: 'The body’s Content-Encoding is {encoding}; gzip and deflate are taken.',
    ja: '本文の Content-Encoding は {encoding} です。gzip と deflate だけを受け付けます。',
    remedy: {
      en: 'Send it with one of these, or as it is.',
      ja: 'そのどちらかで、または圧縮せずに送ってください。',
    },
  },
  'core.method': {
    status: 405,
    en: 'This address takes {allow} only.',
    ja: 'この URL は {allow} だけを受け付けます。',
    remedy: { en: 'Send it with {allow}.', ja: '{allow} で送ってください。' },
  },
  'core.config': {
    status: 400,
    exit: 2,
    en: 'Mistakes in the configuration: {count}\n{list}',
    ja: '設定に {count} 件の誤りがあります:\n{list}',
    remedy: {
      en: 'Correct them and try again; nothing has been changed.',
      ja: '直してからやり直してください。何も変更されていません。',
    },
  },
  'outbound.private': {
    status: 403,
    en: '{url} is a private address, and nothing in the configuration names it.',
    ja: '{url} は内部アドレスで、設定のどこにも書かれていません。',
    remedy: {
      en: 'If it is meant, name that URL in seto.yaml.',
      ja: '意図したものなら、その URL を seto.yaml に書いてください。',
    },
  },
  'core.remote': {
    status: 502,
    en: '{message}',
    ja: '{message}',
    remedy: { en: '{remedy}', ja: '{remedy}' },
  },
  'store.damaged': {
    status: 500,
    exit: 2,
    en: 'The database {file} is damaged: {reason}',
    ja: 'データベース {file} が壊れています: {reason}',
    remedy: {
      en: 'Endpoints go on. Move the data folder away and run `seto restore FILE --replace` with the last backup.',
      ja: 'エンドポイントは動き続けます。データフォルダを移し、最後のバックアップで `seto restore FILE --replace` を実行してください。',
    },
  },
  'store.newer': {
    status: 500,
    exit: 2,
    en: 'The database {file} was written by a newer Seto (it has {migration}).',
    ja: 'データベース {file} は新しい Seto が書いたものです ({migration} があります)。',
    remedy: {
      en: 'Start the newer program, or restore the copy made before the upgrade.',
      ja: '新しいプログラムで起動するか、更新前の控えを復元してください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
