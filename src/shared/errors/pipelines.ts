import type { ErrorEntry } from '../text/format.ts';
import { finding } from './ci-finding.ts';
import { ciJobErrors } from './ci-jobs.ts';
import { ciTextErrors } from './ci-text.ts';

export const errors = {
  ...ciTextErrors,
  ...ciJobErrors,
  // Shapes
  'pipelines.unknown_key': finding(
    '`{key}` is not a key of {where}.',
    '`{key}` は {where} のキーではありません。',
    'Check the spelling. Known keys: {known}.',
    '綴りを確かめてください。使えるキー: {known}。',
  ),
  'pipelines.missing_key': finding(
    '{where} needs `{key}`.',
    '{where} には `{key}` が必要です。',
    'Add it.',
    '追加してください。',
  ),
  'pipelines.not_map': finding(
    '{where} must be a map (`key: value`).',
    '{where} はマップ (`key: value`) でなければなりません。',
    'Write keys and values, one on each line.',
    'キーと値を 1 行に 1 つずつ書いてください。',
  ),
  'pipelines.not_list': finding(
    '{where} must be a list.',
    '{where} はリストでなければなりません。',
    'Begin each item with `- `, or put brackets around them.',
    '各項目を `- ` で始めるか、全体を角括弧で囲んでください。',
  ),
  'pipelines.not_string': finding(
    '{where} must be text, not {value}.',
    '{where} は文字列でなければなりません ({value})。',
    'Put quotes around the value.',
    '値を引用符で囲んでください。',
  ),
  'pipelines.not_strings': finding(
    '{where} must be a list of texts.',
    '{where} は文字列のリストでなければなりません。',
    'Write `[a, b]`, or one `- item` a line.',
    '`[a, b]` または 1 行に 1 つ `- item` と書いてください。',
  ),
  'pipelines.not_boolean': finding(
    '{where} must be true or false.',
    '{where} は true か false でなければなりません。',
    'Write true or false, without quotes.',
    '引用符なしで true か false と書いてください。',
  ),
  'pipelines.not_integer': finding(
    '{where} must be a whole number from {least} to {most}.',
    '{where} は {least} から {most} までの整数でなければなりません。',
    'Write the number without quotes.',
    '引用符なしで数を書いてください。',
  ),
  'pipelines.not_one_of': finding(
    '{where} cannot be {value}.',
    '{where} に {value} は使えません。',
    'Use one of: {allowed}.',
    '次のどれかにしてください: {allowed}。',
  ),
  'pipelines.not_duration': finding(
    '{where} is not a length of time: {value}.',
    '{where} は時間の長さではありません: {value}。',
    'Write for example `30m`, `1h 30m` or `7 days`.',
    '例えば `30m`、`1h 30m`、`7 days` と書いてください。',
  ),
  'pipelines.too_many_items': finding(
    '{where} has more than {limit} entries.',
    '{where} の項目が {limit} 個を超えています。',
    'Remove some, or split the job.',
    '減らすか、ジョブを分けてください。',
  ),
  'pipelines.variable_value': finding(
    '{where} must be text, a number, true or false, not {value}.',
    '{where} は文字列・数・true・false のどれかでなければなりません ({value})。',
    'Put quotes around the whole value.',
    '値全体を引用符で囲んでください。',
  ),
  'pipelines.variable_option': finding(
    'The value “{value}” of variable {key} is not among its options.',
    '変数 {key} の値「{value}」が options にありません。',
    'Add it to `options`, or choose one of them as `value`.',
    '`options` に加えるか、その中から `value` を選んでください。',
  ),
  'pipelines.script_map': finding(
    'A line of {where} was read as a map, because it contains “: ”.',
    '{where} の行に「: 」があるため、マップとして読まれました。',
    'Put quotes around the whole line, or write it as a block with `- |`.',
    '行全体を引用符で囲むか、`- |` のブロックで書いてください。',
  ),
  'pipelines.script_line': finding(
    'A line of {where} is not text: {value}.',
    '{where} の行が文字列ではありません: {value}。',
    'Put quotes around it (unquoted true, false, null and numbers are not text in YAML).',
    '引用符で囲んでください (引用符のない true・false・null・数は YAML では文字列ではありません)。',
  ),
  'pipelines.script_deep': finding(
    'The lists of {where} are nested deeper than {limit} levels.',
    '{where} のリストの入れ子が {limit} 段を超えています。',
    'Flatten them.',
    '浅くしてください。',
  ),
  'pipelines.cache_files': finding(
    '{where} must name one to {limit} files.',
    '{where} には 1 個から {limit} 個のファイルを書いてください。',
    'Keep the lock files that matter most.',
    '最も大切なロックファイルだけを残してください。',
  ),
  // What Seto does not run
  'pipelines.refused_trigger': finding(
    'Job {job} uses `trigger`, which is not supported: there are no child or downstream pipelines.',
    'ジョブ {job} の `trigger` は使えません。子パイプラインや下流のパイプラインはありません。',
    'Put the jobs into this file with `include:local`, or start the other project with `seto pipeline run` in a script.',
    'ジョブを `include:local` でこのファイルに入れるか、スクリプトの `seto pipeline run` で他のプロジェクトを開始してください。',
  ),
  'pipelines.refused_run': finding(
    'Job {job} uses `run` (CI/CD steps), which is not supported.',
    'ジョブ {job} の `run` (CI/CD ステップ) は使えません。',
    'Write the commands under `script`.',
    'コマンドを `script` に書いてください。',
  ),
  'pipelines.refused_secrets': finding(
    'Job {job} uses `secrets`, which is not supported: no vault is connected.',
    'ジョブ {job} の `secrets` は使えません。外部の金庫 (vault) はつながっていません。',
    'Keep the value as a masked variable: `seto variable set NAME --masked`.',
    '値は伏せ字の変数にしてください: `seto variable set NAME --masked`。',
  ),
  'pipelines.refused_identity': finding(
    'Job {job} uses `identity`, which is not supported.',
    'ジョブ {job} の `identity` は使えません。',
    'Use `id_tokens` and exchange the token in the script.',
    '`id_tokens` を使い、スクリプトでトークンを交換してください。',
  ),
  'pipelines.refused_dast': finding(
    'Job {job} uses `dast_configuration`, which is not supported.',
    'ジョブ {job} の `dast_configuration` は使えません。',
    'Run the scanner from `script`.',
    'スキャナーを `script` から実行してください。',
  ),
  // A file in order that makes no pipeline
  'pipelines.none_workflow': finding(
    'No pipeline: `workflow:rules` says none for this ref and source.',
    'パイプラインなし: `workflow:rules` がこの参照と起動元を対象にしていません。',
    'Nothing to do if that is meant; else add a rule that holds here.',
    '意図どおりなら何も要りません。そうでなければ、ここで成り立つ規則を加えてください。',
  ),
  'pipelines.none_jobs': finding(
    'No pipeline: the conditions of every job keep it out for this ref and source.',
    'パイプラインなし: どのジョブの条件も、この参照と起動元では成り立ちません。',
    'Nothing to do if that is meant; else look at `rules`, `only` and `except`.',
    '意図どおりなら何も要りません。そうでなければ `rules`・`only`・`except` を見てください。',
  ),
  'pipelines.none_edge': finding(
    'No pipeline: only jobs of the stages .pre and .post are left.',
    'パイプラインなし: .pre と .post のステージのジョブしか残りません。',
    'Add a job in another stage.',
    '別のステージのジョブを加えてください。',
  ),
} as const satisfies Record<string, ErrorEntry>;
