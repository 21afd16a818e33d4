import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'access.no_token': {
    status: 401,
    en: 'This needs a token, and none was sent.',
    ja: 'トークンが必要ですが、送られていません。',
    remedy: {
      en: 'Sign in with `seto login URL`, or send `Authorization: Bearer TOKEN`.',
      ja: '`seto login URL` でサインインするか、`Authorization: Bearer TOKEN` を付けてください。',
    },
  },
  'access.bad_token': {
    status: 401,
    en: 'The token is not known here: it was mistyped or removed, has expired, or its job has ended.',
    ja: 'このトークンは使えません。打ち間違い、削除済み、期限切れ、またはジョブの終了が考えられます。',
    remedy: {
      en: 'Sign in again with `seto login URL`.',
      ja: '`seto login URL` でもう一度サインインしてください。',
    },
  },
  'access.refused': {
    status: 403,
    en: '{who} may not do this ({action}); it needs {needs}.',
    ja: '{who} にはこの操作 ({action}) の権限がありません。必要なもの: {needs}。',
    remedy: {
      en: 'Ask a maintainer of the project or an administrator.',
      ja: 'プロジェクトのメンテナーか管理者に頼んでください。',
    },
  },
  'access.wrong_host': {
    status: 421,
    en: 'This platform does not answer for the host {host}.',
    ja: 'このプラットフォームはホスト {host} としては応答しません。',
    remedy: {
      en: 'Use {url}, or set `url` in seto.yaml to the name people use.',
      ja: '{url} を使うか、seto.yaml の `url` を利用者が使う名前にしてください。',
    },
  },
  'access.sign_in_used': {
    status: 401,
    en: 'The sign-in link was used already or is older than 15 minutes.',
    ja: 'サインイン用リンクは使用済みか、15 分を過ぎています。',
    remedy: {
      en: 'Print a new one on the machine itself: `seto up --sign-in`.',
      ja: '本体で `seto up --sign-in` を実行し、新しいリンクを表示してください。',
    },
  },
  'access.not_signed_in': {
    status: 401,
    exit: 2,
    en: 'You are not signed in to a platform.',
    ja: 'どのプラットフォームにもサインインしていません。',
    remedy: {
      en: 'Run `seto login URL` with the link that `seto up` printed.',
      ja: '`seto up` が表示したリンクで `seto login URL` を実行してください。',
    },
  },
  'access.bad_credentials': {
    status: 400,
    exit: 2,
    en: 'The saved sign-ins in {file} cannot be read.',
    ja: '保存されたサインイン情報 {file} を読めません。',
    remedy: {
      en: 'Remove the file and sign in again with `seto login URL`.',
      ja: 'ファイルを削除し、`seto login URL` でもう一度サインインしてください。',
    },
  },
  'user.bad_name': {
    status: 400,
    exit: 2,
    en: '“{name}” cannot be a user’s name.',
    ja: '「{name}」は利用者名にできません。',
    remedy: {
      en: 'Use 1 to 40 letters, digits, `.`, `_` or `-`, with a letter or digit at both ends.',
      ja: '英数字と `.` `_` `-` で 1〜40 文字、両端は英数字にしてください。',
    },
  },
  'user.last_admin': {
    status: 409,
    en: '{name} is the only administrator left.',
    ja: '{name} は最後の管理者です。',
    remedy: {
      en: 'Add another one first: `seto user add NAME --admin`.',
      ja: '先に別の管理者を追加してください: `seto user add NAME --admin`。',
    },
  },
  'project.not_here': {
    status: 400,
    exit: 2,
    en: '{folder} is not a clone of a project on the platform.',
    ja: '{folder} はプラットフォーム上のプロジェクトの複製ではありません。',
    remedy: {
      en: 'Go into the project’s folder, or name it: `--project GROUP/NAME`.',
      ja: 'プロジェクトのフォルダに移るか、`--project GROUP/NAME` で指定してください。',
    },
  },
  'project.bad_ref': {
    status: 400,
    exit: 2,
    en: '“{ref}” cannot be the name of a branch or tag.',
    ja: '「{ref}」はブランチやタグの名前にできません。',
    remedy: {
      en: 'Name it as git shows it, without refs/heads/; `*` stands for any characters: `release/*`, `v*`.',
      ja: 'git が表示する名前を refs/heads/ なしで指定してください。`*` は任意の文字です: `release/*`、`v*`。',
    },
  },
  'project.default_branch': {
    status: 409,
    en: '{ref} is the default branch, which is always protected.',
    ja: '{ref} は既定のブランチで、常に保護されています。',
    remedy: {
      en: 'Push what is not protected to another branch.',
      ja: '保護しない変更は別のブランチへプッシュしてください。',
    },
  },
  'project.bad_path': {
    status: 400,
    exit: 2,
    en: '“{path}” cannot be a project’s path.',
    ja: '「{path}」はプロジェクトのパスにできません。',
    remedy: {
      en: 'Use GROUP/NAME in lower-case letters, digits, `.`, `_`, `-`.',
      ja: '小文字の英数字と `.` `_` `-` で「グループ/名前」としてください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
