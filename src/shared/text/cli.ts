import type { Phrase } from './format.ts';

export const phrases = {
  'usage.unknown_command': {
    en: 'There is no command {given}.',
    ja: '{given} というコマンドはありません。',
  },
  'usage.unknown_option': {
    en: 'There is no option {given}.',
    ja: '{given} というオプションはありません。',
  },
  'usage.did_you_mean': { en: 'Did you mean {names}?', ja: '{names} のことでしょうか。' },
  'usage.missing_argument': { en: '{name} is missing.', ja: '{name} を指定してください。' },
  'usage.missing_option': { en: '{name} is missing.', ja: '{name} を指定してください。' },
  'usage.missing_value': { en: '{name} has no value.', ja: '{name} に値がありません。' },
  'usage.too_many': {
    en: 'Too many arguments: {given} instead of {expected}.',
    ja: '引数が多すぎます: {expected} 個のところ {given} 個あります。',
  },
  'usage.bad_value': {
    en: '{name} cannot be {given}: {expected}.',
    ja: '{name} に {given} は指定できません。{expected}。',
  },
  'usage.whole': { en: 'a whole number from 1 is expected', ja: '1 以上の整数を指定してください' },
  'usage.whole_between': {
    en: 'a whole number from {least} to {most} is expected',
    ja: '{least} から {most} までの整数を指定してください',
  },
  'usage.one_of': { en: 'one of {list} is expected', ja: '{list} のいずれかを指定してください' },
  'usage.yen': {
    en: 'an amount in yen is expected, such as 30000',
    ja: '円の額を 30000 のように指定してください',
  },
  'usage.url': {
    en: 'an address that begins with http:// or https:// is expected',
    ja: 'http:// か https:// で始まるアドレスを指定してください',
  },
  'usage.pair': { en: 'KEY=VALUE is expected', ja: 'KEY=VALUE の形で指定してください' },
  'usage.one_pool': {
    en: 'Name one pool, or give --all.',
    ja: 'プールを 1 つ指定するか、--all を指定してください。',
  },
  'usage.value': {
    en: 'The value is missing: give it, or --from FILE, or send it to standard input.',
    ja: '値がありません。値か --from FILE を指定するか、標準入力から渡してください。',
  },
  'usage.feedback': {
    en: 'Name a prediction (or your reference) and its label, or give --csv FILE.',
    ja: '予測 (またはお客様の番号) とラベルを指定するか、--csv FILE を指定してください。',
  },
  'file.missing': { en: 'it does not exist', ja: '存在しません' },
  'file.folder': { en: 'it is a folder', ja: 'フォルダです' },
  'file.denied': { en: 'the system does not allow it', ja: '権限がありません' },
  'login.done': { en: 'Signed in to {url} as {user}.', ja: '{url} に {user} としてサインインしました。' },
  'login.git': {
    en: 'git asks this command for its password there from now on.',
    ja: '以後、git はこのコマンドからパスワードを受け取ります。',
  },
  'login.ask': { en: 'Token for {url}: ', ja: '{url} のトークン: ' },
  'job.platform_away': {
    en: 'The platform does not answer; this command waits for it and goes on.',
    ja: 'プラットフォームが応答しません。戻るのを待って続けます。',
  },
  'init.done': {
    en: 'Project {path} is ready in {dir}.',
    ja: 'プロジェクト {path} を {dir} に用意しました。',
  },
  'init.local': {
    en: 'Not signed in: the files and a git repository are there, the project on the platform is not. Sign in and run `seto init` again.',
    ja: 'サインインしていないため、ファイルと git リポジトリだけを作りました。サインインしてから `seto init` をもう一度実行してください。',
  },
  'init.nameless': {
    en: 'git does not know who you are yet. Before your own first commit: git config --global user.name "NAME" && git config --global user.email MAIL',
    ja: 'git に名前がまだ設定されていません。自分でコミットする前に: git config --global user.name "名前" && git config --global user.email メールアドレス',
  },
  'init.next': {
    en: 'Next: cd {dir} && seto data push {data} FOLDER && git push -u origin main',
    ja: '次: cd {dir} && seto data push {data} フォルダ && git push -u origin main',
  },
  'backup.done': { en: 'The backup is written: {file}', ja: 'バックアップを書き込みました: {file}' },
  'backup.no_key': {
    en: 'Without a passphrase the key stays out: CI variables cannot be restored. Set SETO_BACKUP_PASSPHRASE or give --passphrase-file.',
    ja: 'パスフレーズがないため鍵は含めていません。CI 変数は復元できません。SETO_BACKUP_PASSPHRASE か --passphrase-file を指定してください。',
  },
  'restore.links': { en: 'It holds links.', ja: 'リンクが含まれています。' },
  'restore.no_tar': {
    en: 'It is no tar file, or was cut short.',
    ja: 'tar ファイルではないか、途中で切れています。',
  },
  'restore.no_note': { en: 'It is a tar file of something else.', ja: '別の内容の tar ファイルです。' },
  'restore.done': {
    en: 'Restored into {dir} as {id} (epoch {epoch}). Every token given out before is dead.',
    ja: '{dir} に {id} (世代 {epoch}) として復元しました。以前のトークンはすべて無効です。',
  },
  'restore.lost': {
    en: 'Gone, since the backup had no key; set them again: {list}',
    ja: 'バックアップに鍵がないため失われました。設定し直してください: {list}',
  },
  'restore.next': {
    en: 'Next: `seto up --data {dir}`, `seto up --sign-in --data {dir}`, then `seto pool resume --all` once the month’s spending is right.',
    ja: '次: `seto up --data {dir}`、`seto up --sign-in --data {dir}`。今月の支出を確かめたら `seto pool resume --all`。',
  },
  'up.ready': { en: 'Seto is running at {url}', ja: 'Seto は {url} で動いています' },
  'up.endpoints': { en: 'Endpoints are served at {url}', ja: 'エンドポイントの入口は {url} です' },
  'up.sign_in': {
    en: 'Sign in (works once, for 15 minutes): seto login {url}',
    ja: 'サインイン (一度だけ、15 分間有効): seto login {url}',
  },
  'up.isolation_none': {
    en: 'WARNING: no isolation ({reason}). Jobs run with the rights of this user.',
    ja: '警告: 隔離なしで動いています ({reason})。ジョブはこの利用者の権限で動きます。',
  },
  'up.simulated': {
    en: 'Pool {pool} is simulated: its nodes are processes of this machine, its yen are not real.',
    ja: 'プール {pool} は模擬です。ノードはこのマシンのプロセスで、円の額は実際の請求ではありません。',
  },
  'up.stopping': { en: 'Stopping the control plane …', ja: '制御プレーンを止めています…' },
  'up.still_serving': {
    en: 'These endpoints go on serving at {url}: {list}. `seto down` ends them too.',
    ja: '次のエンドポイントは {url} で応答を続けます: {list}。`seto down` ですべて終了します。',
  },
  'down.nodes': { en: 'Ending nodes: {count}', ja: 'ノードを終了しています: {count}' },
  'down.done': {
    en: 'Everything is ended; nothing of Seto runs for {dir}.',
    ja: 'すべて終了しました。{dir} の Seto は何も動いていません。',
  },
  'down.nothing': { en: 'Nothing was running for {dir}.', ja: '{dir} では何も動いていませんでした。' },
  'user.added': {
    en: 'Added {name}. Sign-in link (works once, for 15 minutes):',
    ja: '{name} を追加しました。サインイン用リンク (一度だけ、15 分間有効):',
  },
  'user.next': {
    en: 'Then a role in a project: seto project member {name} developer --project GROUP/NAME',
    ja: '次にプロジェクトでの役割を: seto project member {name} developer --project グループ/名前',
  },
  'user.token': { en: 'Token (shown only now):', ja: 'トークン (表示は今だけです):' },
  'token.endless': { en: 'until taken back', ja: '取り消すまで有効' },
  'token.until': { en: 'until {until}', ja: '{until} まで' },
  'token.over': { en: 'expired {until}', ja: '期限切れ ({until})' },
  'project.protected': { en: 'protected: {refs}', ja: '保護: {refs}' },
  'runner.idle': {
    en: 'A runner needs --tags or --untagged, else it gets no job.',
    ja: '--tags か --untagged を指定してください。どちらもないとジョブを受け取れません。',
  },
  'runner.added': {
    en: 'On its machine: gitlab-runner register --url {url} --token TOKEN. Token (shown only now):',
    ja: 'そのマシンで: gitlab-runner register --url {url} --token トークン。トークン (表示は今だけです):',
  },
  'doctor.ok': { en: 'ok', ja: '良好' },
  'doctor.warn': { en: 'note', ja: '注意' },
  'doctor.bad': { en: 'mend', ja: '要対応' },
  'doctor.node': { en: 'pinned Node {version}', ja: '固定版 Node {version}' },
  'doctor.git': { en: 'git {version}', ja: 'git {version}' },
  'doctor.git_missing': {
    en: 'git is missing or older than 2.36. Install it: apt-get install git',
    ja: 'git がないか 2.36 より古い版です。インストールしてください: apt-get install git',
  },
  'doctor.isolation': {
    en: 'isolation by bubblewrap; memory limit: {memory}, process limit: {processes}',
    ja: '隔離: bubblewrap、メモリ制限: {memory}、プロセス数制限: {processes}',
  },
  'doctor.no_isolation': {
    en: 'no isolation: {reason}. Install it: apt-get install bubblewrap',
    ja: '隔離なし: {reason}。インストールしてください: apt-get install bubblewrap',
  },
  'doctor.space': { en: '{free} free under {dir}', ja: '{dir} の空き {free}' },
  'doctor.space_low': {
    en: 'only {free} free under {dir}; uploads and jobs are refused below 2 GB or 5 %. Free some space.',
    ja: '{dir} の空きが {free} だけです。2 GB または 5 % を下回るとアップロードとジョブを断ります。空きを作ってください。',
  },
  'doctor.config': { en: 'configuration {file} is valid', ja: '設定 {file} に誤りはありません' },
  'doctor.bash': { en: 'bash at {path}', ja: 'bash: {path}' },
  'doctor.no_bash': {
    en: 'bash is missing; jobs use sh. Install it: apt-get install bash',
    ja: 'bash がないためジョブは sh で動きます。インストールしてください: apt-get install bash',
  },
  'status.jobs': {
    en: 'Jobs: {running} running, {waiting} waiting',
    ja: 'ジョブ: 実行中 {running}、待機中 {waiting}',
  },
  'status.nodes': { en: 'Nodes: {count}', ja: 'ノード: {count}' },
  'status.endpoints': { en: 'Endpoints: {count}', ja: 'エンドポイント: {count}' },
  'status.simulated': { en: 'simulated', ja: '模擬' },
  'status.real': { en: 'real', ja: '実費' },
  'status.month': {
    en: '{month} ({kind}): {spent} yen spent, {kept} yen kept for leases, of {limit} yen',
    ja: '{month}（{kind}）: 使用済み {spent} 円、リース確保分 {kept} 円、上限 {limit} 円',
  },
} as const satisfies Record<string, Phrase>;
