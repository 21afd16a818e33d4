import type { ErrorEntry } from '../text/format.ts';

export const errors = {
  'forge.bad_push': {
    status: 400,
    en: 'The push is not one that git makes: {problem}.',
    ja: 'git のプッシュとして読めません: {problem}。',
    remedy: {
      en: 'Push again with a current git; a proxy in between may cut requests short.',
      ja: '新しい git でもう一度プッシュしてください。途中のプロキシが通信を切っている場合もあります。',
    },
  },
  'forge.bad_service': {
    status: 403,
    en: 'git service {service} is not offered here.',
    ja: 'git のサービス {service} は提供していません。',
    remedy: {
      en: 'Use smart HTTP: git 1.6.6 or newer.',
      ja: 'スマート HTTP を使ってください (git 1.6.6 以降)。',
    },
  },
  'forge.no_lfs': {
    status: 501,
    en: 'Git LFS is not served here.',
    ja: 'Git LFS には対応していません。',
    remedy: {
      en: 'Push pictures and other data as a data set, `seto data push NAME DIR`, and take them out of LFS with `git lfs migrate export --include="*" --everything`.',
      ja: '画像などのデータは `seto data push NAME DIR` でデータセットとしてプッシュし、`git lfs migrate export --include="*" --everything` で LFS から外してください。',
    },
  },
  'forge.job_over': {
    status: 403,
    en: 'Job {job} has ended; nothing more is taken for it.',
    ja: 'ジョブ {job} は終わっています。もう何も受け付けません。',
    remedy: { en: 'See `seto job show {job}`.', ja: '`seto job show {job}` を見てください。' },
  },
  'forge.job_state': {
    status: 409,
    en: 'Job {job} ({name}) is {status}: {action} is not possible now.',
    ja: 'ジョブ {job} ({name}) は {status} です。今は {action} できません。',
    remedy: {
      en: '`seto job show {job}` shows where it stands; play is for manual and delayed jobs, retry for finished ones.',
      ja: '`seto job show {job}` で状態を確認してください。play は手動・遅延のジョブ、retry は終わったジョブに使えます。',
    },
  },
  'forge.job_not_budget': {
    status: 409,
    en: 'Job {job} ({name}) is {status}: only a job that waits can be let past the budget.',
    ja: 'ジョブ {job} ({name}) は {status} です。予算を超えて許可できるのは待機中のジョブだけです。',
    remedy: {
      en: 'Look with `seto job show {job}`; retry it first if it has ended.',
      ja: '`seto job show {job}` を見てください。終わっていれば先に retry してください。',
    },
  },
  'forge.nothing_to_retry': {
    status: 409,
    en: 'Pipeline {pipeline} has no failed or cancelled job.',
    ja: 'パイプライン {pipeline} に失敗または取消のジョブはありません。',
    remedy: {
      en: 'Start a new one with `seto pipeline run`, or repeat one job with `seto job retry ID`.',
      ja: '`seto pipeline run` で新しく始めるか、`seto job retry ID` で一つのジョブを繰り返してください。',
    },
  },
  'forge.no_ci_file': {
    status: 400,
    en: 'There is no .gitlab-ci.yml at {ref}.',
    ja: '{ref} に .gitlab-ci.yml がありません。',
    remedy: {
      en: 'Add one (`seto init` writes an example), check it with `seto pipeline lint`, and push.',
      ja: '追加して (`seto init` が例を書きます)、`seto pipeline lint` で確かめ、プッシュしてください。',
    },
  },
  'forge.no_pipeline': {
    status: 400,
    en: 'The rules of .gitlab-ci.yml leave no job to run for {ref}.',
    ja: '.gitlab-ci.yml の規則により、{ref} で動かすジョブがありません。',
    remedy: {
      en: '`seto pipeline lint --ref {ref}` shows which jobs there are and why.',
      ja: '`seto pipeline lint --ref {ref}` で、どのジョブがなぜ残るかを確かめてください。',
    },
  },
  'forge.pipeline_failed': {
    status: 409,
    exit: 1,
    en: 'Pipeline {pipeline} ended as {status}.',
    ja: 'パイプライン {pipeline} は {status} で終わりました。',
    remedy: {
      en: '`seto pipeline show {pipeline}` lists the jobs, `seto job logs ID` shows why.',
      ja: '`seto pipeline show {pipeline}` でジョブを一覧し、`seto job logs ID` で理由を見てください。',
    },
  },
  'forge.job_failed': {
    status: 409,
    exit: 1,
    en: 'Job {job} ({name}) ended as {status} ({reason}).',
    ja: 'ジョブ {job} ({name}) は {status} ({reason}) で終わりました。',
    remedy: {
      en: '`seto job logs {job}` shows its log, `seto job retry {job}` repeats it.',
      ja: '`seto job logs {job}` でログを見て、`seto job retry {job}` で繰り返せます。',
    },
  },
  'forge.job_waits': {
    status: 409,
    exit: 4,
    en: 'Job {job} ({name}) waits: {reason}',
    ja: 'ジョブ {job} ({name}) は待っています: {reason}',
    remedy: {
      en: 'An administrator can let it through: `seto job allow {job} --reason TEXT`, or raise the budget with `seto cost budget set YEN`.',
      ja: '管理者は `seto job allow {job} --reason 理由` で通すか、`seto cost budget set 円` で予算を上げられます。',
    },
  },
  'forge.lint_failed': {
    status: 400,
    exit: 1,
    en: 'Mistakes in {file}: {count}.',
    ja: '{file} の誤り: {count} 件。',
    remedy: { en: 'Correct what is listed above.', ja: '上の一覧を直してください。' },
  },
  'forge.log_too_large': {
    status: 413,
    en: 'The log of job {job} passed 100 MB, so the job was ended.',
    ja: 'ジョブ {job} のログが 100 MB を超えたため、ジョブを終わらせました。',
    remedy: {
      en: 'Print less, or keep the output as an artifact.',
      ja: '出力を減らすか、成果物として残してください。',
    },
  },
  'forge.artifacts_expired': {
    status: 409,
    en: 'The artifacts of job {name}, which this job needs, have expired.',
    ja: 'このジョブに必要なジョブ {name} の成果物は期限切れです。',
    remedy: {
      en: 'Retry that job first, `seto job retry {source}`, then this one: `seto job retry {job}`. `artifacts:expire_in` sets how long they are kept.',
      ja: '先にそのジョブを `seto job retry {source}` で、次にこのジョブを `seto job retry {job}` で再実行してください。保存期間は `artifacts:expire_in` で決まります。',
    },
  },
  'forge.dotenv_line': {
    status: 400,
    en: 'Line {line} of the dotenv report is not KEY=value.',
    ja: 'dotenv レポートの {line} 行目が KEY=value ではありません。',
    remedy: {
      en: 'Write one variable a line, its value without a line break; a name has letters, digits and `_` and does not begin with a digit.',
      ja: '変数を 1 行に 1 つ、値に改行を入れずに書いてください。名前は英数字と `_` で、数字で始めないでください。',
    },
  },
  'forge.dotenv_name': {
    status: 400,
    en: 'Line {line} of the dotenv report sets {name}, which a report may not set.',
    ja: 'dotenv レポートの {line} 行目が {name} を設定していますが、レポートでは設定できない名前です。',
    remedy: {
      en: 'Choose another name: those that begin with CI_, SETO_, GIT_, LD_, NODE_ or PYTHON, and PATH, HOME, ENV and BASH_ENV steer programs.',
      ja: '別の名前にしてください。CI_、SETO_、GIT_、LD_、NODE_、PYTHON で始まる名前と PATH、HOME、ENV、BASH_ENV はプログラムの動きを変えるためです。',
    },
  },
  'forge.dotenv_many': {
    status: 400,
    en: 'The dotenv report sets {count} variables; at most {limit} are taken.',
    ja: 'dotenv レポートの変数が {count} 個あります。上限は {limit} 個です。',
    remedy: {
      en: 'Hand the rest on in a file under `artifacts:paths`.',
      ja: '残りは `artifacts:paths` のファイルで渡してください。',
    },
  },
  'forge.dotenv_size': {
    status: 413,
    en: 'The dotenv report is larger than {limit}.',
    ja: 'dotenv レポートが上限 {limit} を超えています。',
    remedy: {
      en: 'Hand large values on in a file under `artifacts:paths`.',
      ja: '大きな値は `artifacts:paths` のファイルで渡してください。',
    },
  },
  'forge.variable_name': {
    status: 400,
    exit: 2,
    en: '“{key}” cannot be a variable’s name.',
    ja: '「{key}」は変数名にできません。',
    remedy: {
      en: 'Use letters, digits and `_`, not beginning with a digit, at most 255.',
      ja: '英数字と `_` を使い、数字で始めず、255 文字までにしてください。',
    },
  },
  'forge.variable_mask': {
    status: 400,
    exit: 2,
    en: 'The value of {key} cannot be masked reliably.',
    ja: '{key} の値は確実に伏せられません。',
    remedy: {
      en: 'A masked value has 8 or more characters of A-Z a-z 0-9 + / = @ : . ~ _ - on one line; else leave `--masked` out.',
      ja: '伏せる値は A-Z a-z 0-9 + / = @ : . ~ _ - だけの 8 文字以上の 1 行です。それ以外は `--masked` を外してください。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
