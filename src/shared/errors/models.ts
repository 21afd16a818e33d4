import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'model.no_folder': {
    status: 400,
    exit: 2,
    en: '{dir} is no model folder.',
    ja: '{dir} はモデルのフォルダではありません。',
    remedy: {
      en: 'Give the folder that holds model.onnx and model.json.',
      ja: 'model.onnx と model.json のあるフォルダを指定してください。',
    },
  },
  'model.odd_file': {
    status: 422,
    en: '{path} in the model folder is a link, a special file, or has an unusable name.',
    ja: 'モデルのフォルダの {path} は、リンクか特殊ファイルか、使えない名前です。',
    remedy: {
      en: 'Put the file itself there, under a plain name.',
      ja: '実体のファイルを普通の名前で置いてください。',
    },
  },
  'model.unknown': {
    status: 404,
    en: 'There is no model {name}.',
    ja: 'モデル {name} はありません。',
    remedy: {
      en: '`seto model ls` lists them; `seto model push DIR` or a pipeline’s gate makes one.',
      ja: '`seto model ls` で一覧できます。`seto model push フォルダ` かパイプラインのゲートで登録されます。',
    },
  },
  'model.no_version': {
    status: 404,
    en: 'There is no version {version} of model {name}.',
    ja: 'モデル {name} にバージョン {version} はありません。',
    remedy: {
      en: '`seto model show {name}` lists its versions.',
      ja: '`seto model show {name}` で一覧できます。',
    },
  },
  'model.digest_differs': {
    status: 422,
    en: 'The files make the digest {actual}, not {expected}.',
    ja: 'ファイルから計算した値は {actual} で、{expected} ではありません。',
    remedy: {
      en: 'Was the folder changed meanwhile? Run the command again.',
      ja: '途中でフォルダが変わっていませんか。もう一度実行してください。',
    },
  },
  'model.elsewhere': {
    status: 409,
    en: 'The model name {name} belongs to {project}.',
    ja: 'モデル名 {name} は {project} のものです。',
    remedy: {
      en: 'Give this model another "name" in model.json.',
      ja: 'model.json の "name" を別の名前にしてください。',
    },
  },
  'gate.bad_rule': {
    status: 400,
    exit: 2,
    en: '{option} {value} cannot be used: {expected}.',
    ja: '{option} {value} は使えません: {expected}。',
    remedy: {
      en: '`seto model gate --help` shows an example of each rule.',
      ja: '`seto model gate --help` に例があります。',
    },
  },
  'gate.refused': {
    status: 422,
    exit: 3,
    en: 'The gate refuses this model:\n{reasons}',
    ja: 'ゲートはこのモデルを通しません:\n{reasons}',
    remedy: {
      en: 'Look at the confusion matrix above and at gate.xml; train again with more or better pictures, or change the rules in .gitlab-ci.yml.',
      ja: '上の混同行列と gate.xml を見てください。画像を増やすか見直して学習し直すか、.gitlab-ci.yml の条件を変えてください。',
    },
  },
  'gate.no_pictures': {
    status: 422,
    exit: 3,
    en: 'There is no test picture in {dir}.',
    ja: '{dir} にテスト用の画像がありません。',
    remedy: {
      en: 'Pull some: `seto data pull NAME {dir} --split test`; the pictures lie in one folder per label.',
      ja: '`seto data pull 名前 {dir} --split test` で取得してください。画像はラベルごとのフォルダに置きます。',
    },
  },
  'gate.no_endpoint': {
    status: 404,
    exit: 2,
    en: 'The project has no endpoint {endpoint} with a live release.',
    ja: 'プロジェクトに、稼働中のリリースを持つエンドポイント {endpoint} はありません。',
    remedy: {
      en: '`seto endpoint ls` lists them; `--not-worse-than production` also passes when nothing is live.',
      ja: '`seto endpoint ls` で一覧できます。`--not-worse-than production` なら稼働前でも通ります。',
    },
  },
  'gate.died': {
    status: 500,
    en: 'The evaluation of {model} ended before it was done ({reason}).',
    ja: '{model} の評価が途中で終わりました ({reason})。',
    remedy: {
      en: 'If memory ran out, give the pool more or make the model smaller; else look at the output above.',
      ja: 'メモリ不足ならプールを大きくするかモデルを小さくしてください。それ以外は上の出力を見てください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
