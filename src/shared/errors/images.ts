import type { ErrorEntry } from '../text/format.ts';

const pushAgain = {
  en: 'Push the image again; the client sends what is missing.',
  ja: 'イメージを push し直してください。足りない部分だけが送られます。',
};

export const errors = {
  'runtime.no_library': {
    status: 500,
    exit: 2,
    en: 'The system library {name}, which the runtime needs, is not on this machine.',
    ja: 'ランタイムに必要なシステムライブラリ {name} がこの計算機にありません。',
    remedy: {
      en: 'Install glibc’s and libstdc++’s packages (Debian: libc6, libstdc++6), then start again.',
      ja: 'glibc と libstdc++ のパッケージ (Debian では libc6、libstdc++6) を入れてから、もう一度起動してください。',
    },
  },
  'runtime.incomplete': {
    status: 500,
    exit: 2,
    en: '{dir} is not a whole runtime tree.',
    ja: '{dir} は完全なランタイムではありません。',
    remedy: {
      en: 'Restart the platform (`seto down`, `seto up`): it builds the tree again.',
      ja: 'プラットフォームを起動し直すと (`seto down`、`seto up`) 作り直されます。',
    },
  },
  'image.odd_file': {
    status: 422,
    en: '{file} is a link or a device; an image of ours holds plain files only.',
    ja: '{file} はリンクかデバイスです。イメージに入れられるのは通常のファイルだけです。',
    remedy: {
      en: 'Replace it by the file itself, and build again.',
      ja: 'ファイルそのものに置き換えて、もう一度ビルドしてください。',
    },
  },
  'image.no_model': {
    status: 422,
    exit: 2,
    en: '{dir} holds no model.onnx and model.json.',
    ja: '{dir} に model.onnx と model.json がありません。',
    remedy: {
      en: 'Name the folder that the training job wrote, for example `seto image build model/`.',
      ja: '学習ジョブが書き出したフォルダーを指定してください (例: `seto image build model/`)。',
    },
  },
  'image.no_pipeline': {
    status: 422,
    exit: 2,
    en: '`--push` outside of a job needs to know where to: no registry is named.',
    ja: 'ジョブの外で `--push` するには宛先が必要ですが、レジストリが分かりません。',
    remedy: {
      en: 'Sign in (`seto login URL`), or run it in a job with `tags: [onprem]`.',
      ja: '`seto login URL` でサインインするか、`tags: [onprem]` のジョブの中で実行してください。',
    },
  },
  'image.bad_archive': {
    status: 422,
    en: 'The image layer is refused: {reason}.',
    ja: 'イメージのレイヤーを受け付けません: {reason}',
    remedy: {
      en: 'Build the image again from a source you trust; nothing has been started from this one.',
      ja: '信頼できるところからイメージを作り直してください。このイメージからは何も起動していません。',
    },
  },
  'image.registry': {
    status: 502,
    retryable: true,
    en: 'The registry {url} refused {what} (HTTP {status}: {message}).',
    ja: 'レジストリ {url} が {what} を拒みました (HTTP {status}: {message})。',
    remedy: {
      en: 'Check that you may push to that repository (`seto project show`), then try again.',
      ja: 'そのリポジトリに push する権限があるか (`seto project show`) 確かめ、もう一度試してください。',
    },
  },
  'image.unsupported': {
    status: 422,
    en: '{reference} is no image for linux/amd64 that Seto can read: {reason}.',
    ja: '{reference} は Seto が読める linux/amd64 のイメージではありません: {reason}',
    remedy: { en: 'Name another image.', ja: '別のイメージを指定してください。' },
  },
  'image.other_job': {
    status: 403,
    en: 'Only a job of the pipeline can say which image the pipeline made.',
    ja: 'どのイメージがパイプラインで作られたかを登録できるのは、そのパイプラインのジョブだけです。',
    remedy: {
      en: 'Run `seto image build --push` in a job of `.gitlab-ci.yml`.',
      ja: '`.gitlab-ci.yml` のジョブの中で `seto image build --push` を実行してください。',
    },
  },
  'image.model_differs': {
    status: 409,
    en: 'The image {digest} is labelled with model {label}, but {model} was named.',
    ja: 'イメージ {digest} のラベルのモデルは {label} ですが、{model} が指定されました。',
    remedy: {
      en: 'Build the image again from that model.',
      ja: 'そのモデルからイメージを作り直してください。',
    },
  },
  'registry.blob_unknown': {
    status: 404,
    en: 'The repository has no blob {digest}.',
    ja: 'リポジトリに {digest} というブロブはありません。',
    remedy: pushAgain,
  },
  'registry.upload_unknown': {
    status: 404,
    en: 'There is no upload {id} here, or it ended.',
    ja: 'アップロード {id} はないか、すでに終わっています。',
    remedy: pushAgain,
  },
  'registry.range_invalid': {
    status: 416,
    en: 'The chunk does not start where the upload stands ({received}).',
    ja: '送られた部分の先頭が、受信済みの位置 ({received}) と合いません。',
    remedy: {
      en: 'Ask the upload’s address how far it is, and go on from there.',
      ja: 'アップロードの URL に進み具合を問い合わせ、そこから続けてください。',
    },
  },
  'registry.digest_invalid': {
    status: 400,
    en: '{digest} is not the digest (sha256 or sha512) of what was sent.',
    ja: '{digest} は、送られた内容のダイジェスト (sha256 または sha512) ではありません。',
    remedy: pushAgain,
  },
  'registry.size_invalid': {
    status: 400,
    en: 'The chunk’s length is not what its header says.',
    ja: '送られた部分の長さがヘッダーと一致しません。',
    remedy: pushAgain,
  },
  'registry.name_unknown': {
    status: 404,
    en: 'There is no repository {name}.',
    ja: '{name} というリポジトリはありません。',
    remedy: {
      en: 'A repository’s name begins with the project: HOST/GROUP/PROJECT (`seto project ls`).',
      ja: 'リポジトリ名はプロジェクト名で始まります: HOST/GROUP/PROJECT (`seto project ls`)。',
    },
  },
  'registry.name_invalid': {
    status: 400,
    en: '{name} is no repository name.',
    ja: '{name} はリポジトリ名として使えません。',
    remedy: {
      en: 'Lower-case letters, digits, `.`, `_`, `-`, parts joined by `/`, beginning with GROUP/PROJECT.',
      ja: '英小文字・数字・`.`・`_`・`-` を `/` でつなぎ、GROUP/PROJECT で始めてください。',
    },
  },
  'registry.tag_invalid': {
    status: 400,
    en: '{tag} is no tag: letters, digits, `.`, `_`, `-`, at most 128, not starting with `.` or `-`.',
    ja: '{tag} はタグとして使えません: 英数字・`.`・`_`・`-` で 128 文字まで、先頭は `.` と `-` 以外です。',
    remedy: { en: 'Choose another tag.', ja: '別のタグにしてください。' },
  },
  'registry.manifest_unknown': {
    status: 404,
    en: 'The repository has no manifest {reference}.',
    ja: 'リポジトリに {reference} というマニフェストはありません。',
    remedy: { en: '`seto image ls` shows what there is.', ja: '`seto image ls` で一覧できます。' },
  },
  'registry.manifest_invalid': {
    status: 400,
    en: 'The manifest is not valid: {problem}.',
    ja: 'マニフェストが正しくありません: {problem}',
    remedy: pushAgain,
  },
  'registry.manifest_blob_unknown': {
    status: 404,
    en: 'The manifest refers to {digest}, which the repository does not have.',
    ja: 'マニフェストが参照する {digest} がリポジトリにありません。',
    remedy: pushAgain,
  },
  'registry.in_use': {
    status: 409,
    en: '{digest} is used by {user}.',
    ja: '{digest} は {user} が使っています。',
    remedy: {
      en: 'Delete what uses it first (`seto endpoint show`, `seto image show`).',
      ja: '使っているものを先に削除してください (`seto endpoint show`、`seto image show`)。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
