import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'endpoint.unknown': {
    status: 404,
    en: 'There is no endpoint at {endpoint}.',
    ja: 'エンドポイント {endpoint} はありません。',
    remedy: {
      en: '`seto endpoint ls` lists the endpoints; `seto deploy NAME` makes one.',
      ja: '`seto endpoint ls` で一覧できます。`seto deploy NAME` で作れます。',
    },
  },
  'endpoint.no_release': {
    status: 503,
    retryable: true,
    en: 'The endpoint has no live release.',
    ja: 'このエンドポイントには稼働中のリリースがありません。',
    remedy: {
      en: 'Run the pipeline, or `seto endpoint rollback ENDPOINT` to an earlier release.',
      ja: 'パイプラインを実行するか、`seto endpoint rollback ENDPOINT` で以前のリリースに戻してください。',
    },
  },
  'endpoint.busy': {
    status: 503,
    retryable: true,
    en: 'The endpoint has as many requests under way as it takes.',
    ja: 'エンドポイントの同時処理数が上限に達しています。',
    remedy: { en: 'Try again in a second.', ja: '1 秒ほど待って、もう一度送ってください。' },
  },
  'endpoint.silent': {
    status: 503,
    retryable: true,
    en: 'The model server does not answer its health check.',
    ja: 'モデルサーバーが稼働確認に応答していません。',
    remedy: {
      en: 'Try again in half a minute: if it stays silent it is started again. `seto endpoint logs ENDPOINT` shows what it said.',
      ja: '30 秒ほど待って送り直してください。応答がないままなら自動で再起動します。サーバーの記録は `seto endpoint logs ENDPOINT` で見られます。',
    },
  },
  'endpoint.upstream_failed': {
    status: 502,
    retryable: true,
    en: 'The model server did not answer ({reason}).',
    ja: 'モデルサーバーが応答しませんでした ({reason})。',
    remedy: {
      en: 'Try again; `seto endpoint logs ENDPOINT` shows what the server says.',
      ja: 'もう一度送ってください。サーバーの記録は `seto endpoint logs ENDPOINT` で見られます。',
    },
  },
  'endpoint.no_key': {
    status: 401,
    en: 'This needs a key of the endpoint {endpoint}.',
    ja: 'エンドポイント {endpoint} のキーが必要です。',
    remedy: {
      en: 'Make one with `seto endpoint key create {endpoint}` and send it as `Authorization: Bearer KEY`.',
      ja: '`seto endpoint key create {endpoint}` で作り、`Authorization: Bearer KEY` として送ってください。',
    },
  },
  'endpoint.bad_key': {
    status: 403,
    en: 'This is no key of the endpoint {endpoint} (it may have been revoked), nor the token of a person with the role labeller in its project.',
    ja: 'エンドポイント {endpoint} のキーではない (取り消された可能性があります) か、プロジェクトで labeller 以上の役割を持つ人のトークンではありません。',
    remedy: {
      en: '`seto endpoint key ls {endpoint}` lists the keys that work; a maintainer gives the role with `seto project member NAME labeller`.',
      ja: '有効なキーは `seto endpoint key ls {endpoint}` で一覧できます。役割は maintainer が `seto project member 名前 labeller` で与えます。',
    },
  },
  'endpoint.bad_name': {
    status: 400,
    exit: 2,
    en: '“{endpoint}” cannot be an endpoint’s name.',
    ja: '「{endpoint}」はエンドポイント名にできません。',
    remedy: {
      en: 'Use 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.',
      ja: '英小文字で始まる、英小文字・数字・ハイフンの 1〜63 文字にしてください。',
    },
  },
  'endpoint.foreign': {
    status: 403,
    en: 'The endpoint {endpoint} belongs to another project.',
    ja: 'エンドポイント {endpoint} は別のプロジェクトのものです。',
    remedy: {
      en: 'Choose another name, or deploy from the project that owns it.',
      ja: '別の名前にするか、所有するプロジェクトからデプロイしてください。',
    },
  },
  'deploy.no_image': {
    status: 404,
    en: 'Pipeline {pipeline} has no image to deploy.',
    ja: 'パイプライン {pipeline} にはデプロイできるイメージがありません。',
    remedy: {
      en: 'Let a job before this one run `seto image build --push`, or name one with `--image REF`.',
      ja: '先行するジョブで `seto image build --push` を実行するか、`--image REF` で指定してください。',
    },
  },
  'deploy.name_image': {
    status: 400,
    exit: 2,
    en: 'Outside a pipeline, deploy needs to know which image.',
    ja: 'パイプラインの外では、デプロイするイメージの指定が必要です。',
    remedy: {
      en: 'Name one with `--image REF`; `seto image ls` lists them.',
      ja: '`--image REF` で指定してください。`seto image ls` で一覧できます。',
    },
  },
  'deploy.not_gated': {
    status: 409,
    exit: 3,
    en: 'The model in this image ({model}) has passed no accuracy test on-premises.',
    ja: 'このイメージのモデル ({model}) は、社内での精度試験に合格していません。',
    remedy: {
      en: 'Run `seto model gate` in a job with tags: [onprem] before this one; the endpoint is unchanged.',
      ja: 'このジョブより前に tags: [onprem] のジョブで `seto model gate` を実行してください。エンドポイントは変わっていません。',
    },
  },
  'deploy.older': {
    status: 409,
    en: 'The live release is of pipeline {live}, which is newer than pipeline {pipeline}.',
    ja: '稼働中のリリースはパイプライン {live} のもので、パイプライン {pipeline} より新しいものです。',
    remedy: {
      en: 'To go back on purpose, use `seto endpoint rollback ENDPOINT --to RELEASE`.',
      ja: '意図して戻す場合は `seto endpoint rollback ENDPOINT --to RELEASE` を使ってください。',
    },
  },
  'deploy.failed': {
    status: 502,
    en: 'Release {release} did not become healthy: {reason}. The endpoint is unchanged.',
    ja: 'リリース {release} は正常になりませんでした: {reason}。エンドポイントは変わっていません。',
    remedy: {
      en: '`seto endpoint logs ENDPOINT --release {release}` shows what it said.',
      ja: '`seto endpoint logs ENDPOINT --release {release}` で記録を見られます。',
    },
  },
  'deploy.superseded': {
    status: 409,
    en: 'Release {release} was replaced by a newer one before it became live.',
    ja: 'リリース {release} は、稼働する前に新しいリリースに置き換えられました。',
    remedy: {
      en: '`seto endpoint show ENDPOINT` shows the newer one.',
      ja: '新しいリリースは `seto endpoint show ENDPOINT` で見られます。',
    },
  },
  'deploy.ungated_admin': {
    status: 403,
    en: 'Only an administrator may deploy a model without a passed accuracy test.',
    ja: '精度試験に合格していないモデルをデプロイできるのは管理者だけです。',
    remedy: {
      en: 'Ask an administrator; it will be on record.',
      ja: '管理者に頼んでください。操作は記録に残ります。',
    },
  },
  'deploy.no_rollback': {
    status: 409,
    en: 'The endpoint {endpoint} keeps no earlier release to go back to.',
    ja: 'エンドポイント {endpoint} には戻せる以前のリリースがありません。',
    remedy: {
      en: '`seto endpoint show {endpoint}` lists the releases that are kept.',
      ja: '残っているリリースは `seto endpoint show {endpoint}` で見られます。',
    },
  },
  'deploy.not_kept': {
    status: 404,
    en: 'The endpoint {endpoint} keeps no earlier release {release}.',
    ja: 'エンドポイント {endpoint} に、戻せるリリース {release} は残っていません。',
    remedy: {
      en: '`seto endpoint show {endpoint}` lists the releases that are kept.',
      ja: '残っているリリースは `seto endpoint show {endpoint}` で見られます。',
    },
  },
  'deploy.bad_image': {
    status: 400,
    en: 'The image {image} cannot be started: {reason}.',
    ja: 'イメージ {image} は起動できません: {reason}。',
    remedy: {
      en: 'Use an image made by `seto image build`, by its digest.',
      ja: '`seto image build` で作ったイメージをダイジェストで指定してください。',
    },
  },
  'gateway.away': {
    status: 503,
    retryable: true,
    en: 'The gateway does not answer ({reason}).',
    ja: 'ゲートウェイが応答しません ({reason})。',
    remedy: {
      en: 'It is being started again; see log/gateway.log in the data folder.',
      ja: '再起動中です。データフォルダーの log/gateway.log を見てください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
