import type { Phrase } from './format.ts';

export const phrases = {
  'data.files': { en: '{count} files', ja: '{count} ファイル' },
  'data.snapshots': { en: 'snapshots: {count}', ja: 'スナップショット {count} 件' },
  'data.problem.control': {
    en: 'its name holds a control character',
    ja: '名前に制御文字があります',
  },
  'data.problem.normal_form': {
    en: 'its name is not in Unicode normal form C',
    ja: '名前が Unicode 正規化形式 C ではありません',
  },
  'data.problem.climbs': {
    en: 'its path leads out of the folder, or has an empty part',
    ja: 'パスがフォルダの外を指すか、空の部分があります',
  },
  'data.problem.too_long': {
    en: 'its path is too long (1,000 bytes; 255 a part)',
    ja: 'パスが長すぎます (全体 1,000 バイト、各部 255 バイトまで)',
  },
  'data.problem.reserved': {
    en: 'this name is not for data (groups.csv at the root, or a leading dot)',
    ja: 'この名前はデータに使えません (直下の groups.csv、またはドットで始まる名前)',
  },
  'data.problem.clash': {
    en: 'differs from {other} only in case or Unicode form, or one is a folder',
    ja: '{other} と大文字小文字か Unicode 形式しか違わないか、一方がフォルダです',
  },
  'data.problem.group': {
    en: 'its group "{group}" is not one word of at most 200 characters',
    ja: 'グループ「{group}」が空白なし 200 文字以内ではありません',
  },
  'data.problem.two_labels': {
    en: 'the same picture is also under {other}; it stands under {label} here',
    ja: '同じ画像が {other} にもあります (ここでは {label})',
  },
  'data.problem.link': {
    en: 'a symbolic link or special file; copy the file itself here',
    ja: 'シンボリックリンクか特殊ファイルです。実体をコピーしてください',
  },
  'data.problem.not_utf8': { en: 'its name is not UTF-8', ja: '名前が UTF-8 ではありません' },
  'data.problem.groups_line': {
    en: 'line {line} is not `path,group`',
    ja: '{line} 行目が `path,group` ではありません',
  },
  'data.problem.second_group': {
    en: 'line {line} gives a path another group than a line before it',
    ja: '{line} 行目は、前の行と同じパスに別のグループを付けています',
  },
  'data.hashing': { en: 'reading', ja: '読み取り' },
  'data.sending': { en: 'sending', ja: '送信' },
  'data.fetching': { en: 'fetching', ja: '取得' },
  'data.hidden': {
    en: 'Left out {count} hidden files (names that begin with a dot).',
    ja: '隠しファイル {count} 件 (ドットで始まる名前) は含めていません。',
  },
  'data.ungrouped': {
    en: '{count} files do not fit --group; each of them is a group of its own.',
    ja: '{count} 件は --group に合わず、それぞれ単独のグループになります。',
  },
  'data.other_files': {
    en: '{count} files in label folders are not named as pictures (.jpg, .png, .bmp, .tif); trainer and gate leave them out.',
    ja: 'ラベルのフォルダーにある {count} 件は画像の名前 (.jpg・.png・.bmp・.tif) ではないため、学習でもゲートでも使われません。',
  },
  'data.stray_groups': {
    en: '{count} lines of groups.csv name no file of the folder; their groups are not used. A line is `path,group`.',
    ja: 'groups.csv の {count} 行は、フォルダーにないファイルを指しています。そのグループは使われません。各行は `path,group` です。',
  },
  'data.pushed': {
    en: '{name}@{id}: {files} files, {size}; sent {sent} ({sentSize})',
    ja: '{name}@{id}: {files} ファイル、{size}。送信 {sent} 件 ({sentSize})',
  },
  'data.pulled': {
    en: '{name}@{id}: {files} files here; fetched {fetched} ({size}), removed {removed}',
    ja: '{name}@{id}: 手元に {files} ファイル。取得 {fetched} 件 ({size})、削除 {removed} 件',
  },
  'data.kept': {
    en: 'Kept {count} files that are no longer in the snapshot but were changed here.',
    ja: 'スナップショットから消えたが手元で変更のある {count} 件は残しました。',
  },
  'data.collected': {
    en: 'Freed {size}: {count} contents that nothing refers to. What was sent in the last 24 hours is kept that long.',
    ja: '{size} を解放しました: 参照のない内容 {count} 件。24 時間以内に送られたものは残しています。',
  },
  'data.removed': { en: 'Removed {what}.', ja: '{what} を削除しました。' },
  'model.pushed': {
    en: '{name}@{digest}: {files} files, sent {sent}',
    ja: '{name}@{digest}: {files} ファイル、送信 {sent} 件',
  },
  'model.versions': { en: 'versions: {count}', ja: 'バージョン {count} 件' },
  'model.before': { en: 'Made from', ja: '元になったもの' },
  'model.after': { en: 'What came of it', ja: '使われた先' },
  'gate.head': {
    en: 'Gate for {name}@{digest}: {pictures} test pictures of {groups} parts',
    ja: '{name}@{digest} のゲート: テスト画像 {pictures} 枚、部品 {groups} 個',
  },
  'gate.accuracy': { en: 'accuracy', ja: '正解率' },
  'gate.recall': { en: 'recall of {label}', ja: '{label} の再現率' },
  'gate.missed_defects': { en: 'missed defects', ja: '見逃し' },
  'gate.false_alarms': { en: 'false alarms', ja: '過検出' },
  'gate.unsure': { en: 'unsure', ja: '判定保留' },
  'gate.confusion': {
    en: 'confusion matrix (rows: true label, columns: what the model said)',
    ja: '混同行列 (行: 正しいラベル、列: モデルの判定)',
  },
  'gate.comparison': {
    en: 'against {digest} on {endpoint} ({accuracy}): drop {drop}, standard error {error}; right only now {better}, right only before {worse}',
    ja: '{endpoint} で稼働中の {digest} (正解率 {accuracy}) との比較: 低下 {drop}、標準誤差 {error}。今回だけ正解 {better}、以前だけ正解 {worse}',
  },
  'gate.rule.samples': {
    en: 'test pictures of {label}: {actual}, at least {wanted} needed',
    ja: '{label} のテスト画像: {actual} 枚 ({wanted} 枚以上必要)',
  },
  'gate.rule.accuracy': {
    en: 'accuracy {actual}, at least {wanted} wanted',
    ja: '正解率 {actual} ({wanted} 以上が条件)',
  },
  'gate.rule.recall': {
    en: 'recall of {of} {actual}, at least {wanted} wanted',
    ja: '{of} の再現率 {actual} ({wanted} 以上が条件)',
  },
  'gate.rule.not_worse': {
    en: 'drop against {of} {actual}, at most {wanted} allowed',
    ja: '{of} に対する低下 {actual} ({wanted} 以下が条件)',
  },
  'gate.note.nothing-in-production': {
    en: 'note: nothing is in production yet, so there was nothing to compare with',
    ja: '注: まだ稼働中のモデルがないため、比較していません',
  },
  'gate.note.production-not-kept': {
    en: 'note: the model in production was never registered here, so it could not be compared',
    ja: '注: 稼働中のモデルはここに登録されたことがないため、比較できませんでした',
  },
  'gate.note.same-model': {
    en: 'note: this very model is in production',
    ja: '注: このモデルそのものが稼働中です',
  },
  'gate.note.unknown-labels': {
    en: 'note: the data has labels that the model does not know; their pictures count as wrong',
    ja: '注: モデルの知らないラベルがデータにあり、その画像は誤りに数えています',
  },
  'gate.note.data-unverified': {
    en: 'note: data unverified: the pictures are not exactly the test side of the pipeline’s snapshot',
    ja: '注: データ未確認: 画像がパイプラインのスナップショットのテスト側と一致しません',
  },
  'gate.note.not-isolated': {
    en: 'note: the evaluation ran without a sandbox of ours',
    ja: '注: 評価は Seto のサンドボックスなしで実行されました',
  },
  'gate.passed': { en: 'The gate passes this model.', ja: 'ゲートを通過しました。' },
  'gate.refused': { en: 'The gate refuses this model.', ja: 'ゲートを通過できませんでした。' },
  'gate.unregistered': {
    en: 'Not recorded: only the verdict of a job on-premises counts for deployment.',
    ja: '記録していません: 配備に使えるのはオンプレミスのジョブの判定だけです。',
  },
} as const satisfies Record<string, Phrase>;
