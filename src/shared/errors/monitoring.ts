import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'feedback.bad': {
    status: 400,
    exit: 2,
    en: 'Feedback is {"predictionId": "32 hex digits" or "reference": "your own number", "label": "…"}.',
    ja: 'フィードバックは {"predictionId": "16 進 32 桁" または "reference": "お客様の番号", "label": "…"} の形で送ってください。',
    remedy: { en: 'Correct the body and send it again.', ja: '本文を直して送り直してください。' },
  },
  'feedback.not_kept': {
    status: 507,
    retryable: true,
    en: 'The feedback could not be written to the disk.',
    ja: 'フィードバックをディスクに書けませんでした。',
    remedy: { en: 'Free some space and send it again.', ja: '空きを作って送り直してください。' },
  },
  'feedback.unknown_label': {
    status: 422,
    exit: 2,
    en: 'The live model knows no label “{label}”; it knows {labels}.',
    ja: '稼働中のモデルにラベル「{label}」はありません。あるのは {labels} です。',
    remedy: {
      en: 'Correct the label. A new one is taught with pictures: `seto data push` a folder of its name, and train again.',
      ja: 'ラベルを直してください。新しいラベルは、その名前のフォルダーを `seto data push` して学習し直すと使えます。',
    },
  },
  'feedback.csv_label': {
    status: 422,
    exit: 2,
    en: '{file}:{line}: the live model knows no label “{label}”; it knows {labels}.',
    ja: '{file}:{line}: 稼働中のモデルにラベル「{label}」はありません。あるのは {labels} です。',
    remedy: {
      en: 'Correct the file and send it again; of a prediction, the newest label counts. A new label is taught with pictures: `seto data push` a folder of its name, and train again.',
      ja: 'ファイルを直して送り直してください。予測ごとに最も新しいラベルが有効です。新しいラベルは、その名前のフォルダーを `seto data push` して学習し直すと使えます。',
    },
  },
  'feedback.bad_csv': {
    status: 400,
    exit: 2,
    en: '{file}:{line}: {problem}',
    ja: '{file}:{line}: {problem}',
    remedy: {
      en: 'The file needs a header line with the columns `predictionId` or `reference`, and `label`.',
      ja: '1 行目に列名 `predictionId` または `reference` と、`label` が必要です。',
    },
  },
  'monitoring.bad_segment': {
    status: 400,
    en: 'The segment is not readable: {reason}.',
    ja: 'セグメントを読めません: {reason}。',
    remedy: {
      en: 'The gateway keeps it as `gateway/spool/*.refused` in the data folder; look at its lines, then remove it.',
      ja: 'ゲートウェイはデータフォルダーの `gateway/spool/*.refused` に残します。中の行を確かめてから削除してください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
