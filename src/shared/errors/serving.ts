import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'serving.empty_picture': {
    status: 400,
    en: 'The picture is empty (0 bytes).',
    ja: '画像が空です (0 バイト)。',
    remedy: {
      en: 'Check that the camera or the upload finished writing it, and send it again.',
      ja: 'カメラの保存やアップロードが終わっているか確かめて、送り直してください。',
    },
  },
  'serving.not_a_picture': {
    status: 415,
    en: 'This is not a JPEG, PNG, BMP or TIFF picture, whatever its name says.',
    ja: 'JPEG・PNG・BMP・TIFF の画像ではありません (ファイル名にかかわらず内容で判断します)。',
    remedy: {
      en: 'Save it as JPEG, PNG, BMP or TIFF and send that.',
      ja: 'JPEG・PNG・BMP・TIFF のいずれかで保存して送ってください。',
    },
  },
  'serving.picture_too_large': {
    status: 413,
    en: 'The picture has {width} × {height} pixels; at most {megapixels} megapixels are decoded.',
    ja: '画像は {width} × {height} 画素です。{megapixels} メガピクセルまでしか読みません。',
    remedy: {
      en: 'Make it smaller before sending: the model looks at far fewer pixels anyway.',
      ja: '縮小してから送ってください。モデルが見る画素はずっと少数です。',
    },
  },
  'serving.broken_picture': {
    status: 422,
    en: 'The {format} picture cannot be read: {reason}.',
    ja: '{format} 画像を読めません: {reason}',
    remedy: {
      en: 'Open it in a viewer; if it is cut short, copy it again from the camera.',
      ja: '画像ビューアで開いてみてください。途中で切れていれば、カメラからコピーし直してください。',
    },
  },
  'serving.picture_file': {
    status: 422,
    en: '{path}: {reason}',
    ja: '{path} を画像として読めません: {reason}',
    remedy: {
      en: 'Replace or remove this file in the data set (`seto data push`), then try again.',
      ja: 'データセットのこのファイルを直すか取り除いて (`seto data push`)、もう一度試してください。',
    },
  },
  'serving.bad_groups': {
    status: 422,
    en: 'groups.csv, line {line}: expected `path,group` with a group of 1 to 200 characters without spaces.',
    ja: 'groups.csv の {line} 行目: `path,group` の形で、グループは空白を含まない 1〜200 文字でなければなりません。',
    remedy: { en: 'Correct that line and try again.', ja: 'その行を直して、もう一度試してください。' },
  },
  'serving.bad_manifest': {
    status: 422,
    exit: 2,
    en: 'model.json is not valid: {problems}',
    ja: 'model.json が正しくありません: {problems}',
    remedy: {
      en: 'Correct what your trainer writes into model.json, train again, and push.',
      ja: 'トレーナーが書き出す model.json を直し、学習し直して push してください。',
    },
  },
  'serving.labels_mismatch': {
    status: 422,
    en: 'model.json names {labels} labels, but the model gives {scores} scores.',
    ja: 'model.json のラベルは {labels} 個ですが、モデルの出力は {scores} 個です。',
    remedy: {
      en: 'Make labels and the network’s last layer agree in your trainer, and train again.',
      ja: 'トレーナーでラベルと最終層の数を合わせ、学習し直してください。',
    },
  },
  'serving.bad_scores': {
    status: 422,
    en: 'The model answered with scores that are not numbers.',
    ja: 'モデルが数値でないスコアを返しました。',
    remedy: {
      en: 'Training has probably diverged: lower the learning rate, train again; `seto endpoint rollback` brings back the last release.',
      ja: '学習が発散したと思われます。学習率を下げて学習し直してください。`seto endpoint rollback` で前のリリースに戻せます。',
    },
  },
  'serving.no_model': {
    status: 422,
    exit: 2,
    en: 'The model folder has no {file}.',
    ja: 'モデルのフォルダーに {file} がありません。',
    remedy: {
      en: 'A model folder holds model.onnx and model.json; check what your trainer wrote.',
      ja: 'モデルのフォルダーには model.onnx と model.json が必要です。トレーナーの出力を確かめてください。',
    },
  },
  'serving.no_probabilities': {
    status: 422,
    en: 'The model’s scores are no probabilities ({score} for {label}), but model.json has a decision with a threshold from 0 to 1.',
    ja: 'モデルのスコアが確率ではありません ({label} が {score})。model.json の decision のしきい値は 0 から 1 です。',
    remedy: {
      en: 'Let the graph end in Softmax (or Sigmoid) when your trainer exports it, and train again.',
      ja: 'トレーナーの書き出しでグラフの最後を Softmax (または Sigmoid) にし、学習し直してください。',
    },
  },
  'serving.broken_model': {
    status: 422,
    en: 'model.onnx cannot be loaded: {reason}.',
    ja: 'model.onnx を読み込めません: {reason}',
    remedy: {
      en: 'Where the file is cut short, train again or push the folder again; where an operator or a version is not known, export with ONNX’s standard operators and an older opset.',
      ja: 'ファイルが途中で切れているときは、学習し直すか、フォルダーを push し直してください。演算子やバージョンが不明なときは、ONNX の標準演算子と古めの opset で書き出してください。',
    },
  },
  'serving.external_data': {
    status: 422,
    en: 'model.onnx keeps its weights in other files, which Seto does not open.',
    ja: 'model.onnx は重みを別のファイルに置いています。Seto はそれを開きません。',
    remedy: {
      en: 'Save the model as one file (in onnx: save_as_external_data=False), and train again.',
      ja: 'モデルを 1 つのファイルに保存し (onnx では save_as_external_data=False)、学習し直してください。',
    },
  },
  'serving.model_mismatch': {
    status: 422,
    en: 'model.onnx and model.json do not fit together: {problem}.',
    ja: 'model.onnx と model.json が合いません: {problem}',
    remedy: {
      en: 'Correct what your trainer writes into model.json (input, output, shape), and train again.',
      ja: 'トレーナーが model.json に書く input・output・shape を直し、学習し直してください。',
    },
  },
  'serving.bad_tensor': {
    status: 400,
    en: 'The tensor has {got} numbers; expected {expected}.',
    ja: 'テンソルの要素は {got} 個ですが、{expected} 個でなければなりません。',
    remedy: {
      en: 'Send pictures of the model’s input shape (GET /v2/models/NAME shows it).',
      ja: 'モデルの入力の形に合わせて送ってください (GET /v2/models/NAME で確認できます)。',
    },
  },
  'serving.bad_infer': {
    status: 400,
    en: 'The inference request is not valid: {problem}.',
    ja: '推論の要求が正しくありません: {problem}',
    remedy: {
      en: 'GET /v2/models/NAME shows names, types and shapes.',
      ja: '名前・型・形は GET /v2/models/NAME で確認できます。',
    },
  },
  'serving.bad_hook': {
    status: 422,
    en: '{file} failed: {problem}.',
    ja: '{file} が失敗しました: {problem}',
    remedy: {
      en: 'Correct that file in the repository and push; `seto endpoint rollback` brings back the last release.',
      ja: 'リポジトリのそのファイルを直して push してください。`seto endpoint rollback` で前のリリースに戻せます。',
    },
  },
  'serving.no_file': {
    status: 400,
    en: 'The form has no part named `file`.',
    ja: 'フォームに `file` という名前の部分がありません。',
    remedy: {
      en: 'Send the picture as the part `file` (curl -F file=@part.png), or as the body itself.',
      ja: '画像を `file` という名前で (curl -F file=@part.png)、または本文としてそのまま送ってください。',
    },
  },
  'serving.busy': {
    status: 503,
    retryable: true,
    en: 'The model server has more requests than it can hold.',
    ja: 'モデルサーバーへの要求が多すぎます。',
    remedy: {
      en: 'Send it again in a second, with fewer requests at once.',
      ja: '同時に送る数を減らし、1 秒後に送り直してください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
