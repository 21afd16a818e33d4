import type { ErrorEntry } from '../text/format.ts';
import { finding } from './ci-finding.ts';

/** Findings about jobs and what joins them. */
export const ciJobErrors = {
  // Jobs
  'pipelines.no_jobs': finding(
    'The file has no job that can run.',
    'このファイルには実行できるジョブがありません。',
    'Write a job: a name without a leading dot, with a `script`.',
    'ジョブを書いてください。点で始まらない名前と `script` が要ります。',
  ),
  'pipelines.too_many_jobs': finding(
    'The file makes more than {limit} jobs.',
    'ジョブの数が {limit} を超えています。',
    'Join jobs, or make `parallel` smaller.',
    'ジョブをまとめるか、`parallel` を小さくしてください。',
  ),
  'pipelines.not_a_job': finding(
    '`{key}` is neither a known top-level key nor a job.',
    '`{key}` は最上位のキーでもジョブでもありません。',
    'A job is a map with a `script`; to keep data for anchors, begin the name with a dot.',
    'ジョブは `script` を持つマップです。アンカー用のデータなら名前を点で始めてください。',
  ),
  'pipelines.name_blank': finding(
    'A job has an empty name.',
    'ジョブの名前が空です。',
    'Give it a name.',
    '名前を付けてください。',
  ),
  'pipelines.name_long': finding(
    'The job name {name} is longer than {limit} characters.',
    'ジョブ名 {name} が {limit} 文字を超えています。',
    'Shorten the name, or the values of its matrix.',
    '名前か matrix の値を短くしてください。',
  ),
  'pipelines.name_twice': finding(
    'Two jobs would be called {name}.',
    '{name} という名前のジョブが 2 つできます。',
    'Rename one, or remove the repeated combination of the matrix.',
    '片方の名前を変えるか、matrix の重複した組を消してください。',
  ),
  'pipelines.name_reserved': finding(
    'A job is called `{name}`, which GitLab keeps for itself: the file runs here, but GitLab refuses it.',
    'ジョブ名 `{name}` は GitLab の予約語です。ここでは動きますが、GitLab は拒否します。',
    'Rename the job, for example to `build-{name}`.',
    'ジョブの名前を変えてください (例: `build-{name}`)。',
  ),
  'pipelines.no_script': finding(
    'Job {job} has no `script`.',
    'ジョブ {job} に `script` がありません。',
    'Add a `script`; if it is only there to be extended, begin its name with a dot.',
    '`script` を加えてください。extends されるだけなら名前を点で始めてください。',
  ),
  'pipelines.no_script_template': finding(
    'Job {job} has no `script` and is dropped: the template that would give one was skipped.',
    'ジョブ {job} には `script` がないため除かれます。それを与えるテンプレートは読み飛ばされました。',
    'Write the script in this file if the job is wanted.',
    'このジョブが必要なら、このファイルにスクリプトを書いてください。',
  ),
  'pipelines.stage_unknown': finding(
    'Job {job} is in stage {stage}, which is not among the stages: {stages}.',
    'ジョブ {job} のステージ {stage} は一覧にありません: {stages}。',
    'Add it to `stages:`, or correct the job’s `stage`.',
    '`stages:` に加えるか、ジョブの `stage` を直してください。',
  ),
  'pipelines.default_twice': finding(
    '`{key}` is given both at the top level and under `default:`.',
    '`{key}` が最上位と `default:` の両方にあります。',
    'Keep the one under `default:`.',
    '`default:` の方だけを残してください。',
  ),
  'pipelines.start_in': finding(
    '{where}: `start_in` and `when: delayed` belong together.',
    '{where}: `start_in` と `when: delayed` は組で使います。',
    'Write both, for example `when: delayed` and `start_in: 30 minutes`, or neither.',
    '両方 (例: `when: delayed` と `start_in: 30 minutes`) を書くか、両方消してください。',
  ),
  'pipelines.start_in_long': finding(
    '{where}: `start_in` is longer than a week.',
    '{where}: `start_in` が 1 週間を超えています。',
    'Use a week at most, or a scheduled pipeline.',
    '1 週間以内にするか、予定されたパイプラインを使ってください。',
  ),
  'pipelines.on_stop_unknown': finding(
    'Job {job} names {name} in `environment:on_stop`, which does not exist.',
    'ジョブ {job} の `environment:on_stop` にある {name} がありません。',
    'Write the job that stops the environment, or remove `on_stop`.',
    '環境を止めるジョブを書くか、`on_stop` を消してください。',
  ),
  'pipelines.release': finding(
    'Job {job} has `release`: its script runs, but no release is made.',
    'ジョブ {job} に `release` があります。スクリプトは実行されますが、リリースは作られません。',
    'Keep what you release as an artifact, or run this job on GitLab.',
    'リリースする物は成果物として残すか、このジョブは GitLab で実行してください。',
  ),
  'pipelines.public_and_access': finding(
    '{where} has both `public` and `access`.',
    '{where} に `public` と `access` の両方があります。',
    'Keep `access`; `public: false` is `access: developer`.',
    '`access` だけを残してください。`public: false` は `access: developer` と同じです。',
  ),
  // Rules and expressions
  'pipelines.rules_and_only': finding(
    'Job {job} has `rules` and `{key}`.',
    'ジョブ {job} に `rules` と `{key}` の両方があります。',
    'Keep `rules`, and write what `{key}` says as a rule.',
    '`rules` だけを残し、`{key}` の内容は規則として書いてください。',
  ),
  'pipelines.expression': finding(
    'The condition `{text}` cannot be read at `{found}`.',
    '条件 `{text}` を `{found}` のところで読めません。',
    'Use $VARIABLE, "text", null, /pattern/, ==, !=, =~, !~, &&, || and parentheses.',
    '$VARIABLE、"文字列"、null、/パターン/、==、!=、=~、!~、&&、||、括弧が使えます。',
  ),
  'pipelines.expression_end': finding(
    'The condition `{text}` ends too early.',
    '条件 `{text}` が途中で終わっています。',
    'Write what is still missing: the other side of an operator, or a closing parenthesis.',
    '足りないもの (演算子の右側、または閉じ括弧) を書いてください。',
  ),
  'pipelines.pattern': finding(
    '{pattern} is not a pattern that RE2 takes.',
    '{pattern} は RE2 のパターンとして正しくありません。',
    'Write /…/ with RE2 syntax, as on GitLab: no lookahead, no back reference; flags i, m, s, U.',
    'GitLab と同じく /…/ の形の RE2 構文で書いてください (先読み・後方参照なし、フラグは i, m, s, U)。',
  ),
  'pipelines.patterns_heavy': finding(
    'The patterns of this file are too many or too long to be tried.',
    'このファイルのパターンは多すぎるか長すぎるため、調べられません。',
    'Shorten the patterns, or compare with == where that is enough.',
    'パターンを短くするか、== の比較で足りるところはそうしてください。',
  ),
  'pipelines.glob': finding(
    '{pattern} is not a path pattern.',
    '{pattern} はパスのパターンとして正しくありません。',
    'Use *, **/, ?, [a-z] and {a,b}.',
    '*、**/、?、[a-z]、{a,b} が使えます。',
  ),
  'pipelines.kubernetes_filter': finding(
    '{where}:kubernetes is ignored.',
    '{where}:kubernetes は無視されます。',
    'Use `rules:if` with a variable of the project.',
    'プロジェクトの変数を使った `rules:if` にしてください。',
  ),
  // Needs and dependencies
  'pipelines.need_unknown': finding(
    'Job {job} needs {need}, which does not exist.',
    'ジョブ {job} が必要とする {need} がありません。',
    'Check the spelling, or write `optional: true` for a job that may be missing.',
    '綴りを確かめてください。無くてもよいジョブなら `optional: true` を書いてください。',
  ),
  'pipelines.need_absent': finding(
    'Job {job} needs {need}, which its conditions keep out of this pipeline.',
    'ジョブ {job} が必要とする {need} は、条件によりこのパイプラインに入りません。',
    'Give both jobs the same `rules`, or write `needs: [{ job: {need}, optional: true }]`.',
    '両方のジョブの `rules` を揃えるか、`needs: [{ job: {need}, optional: true }]` と書いてください。',
  ),
  'pipelines.need_later': finding(
    'Job {job} needs {need}, which is in a later stage.',
    'ジョブ {job} が必要とする {need} は後のステージにあります。',
    'Move one of them to another stage.',
    'どちらかのステージを変えてください。',
  ),
  'pipelines.need_twice': finding(
    'Job {job} names {need} twice in `needs`.',
    'ジョブ {job} の `needs` に {need} が 2 回あります。',
    'Remove one.',
    '片方を消してください。',
  ),
  'pipelines.needs_cycle': finding(
    '`needs` goes round in a circle: {chain}.',
    '`needs` が循環しています: {chain}。',
    'Remove one of these needs.',
    'このうちの 1 つの needs を消してください。',
  ),
  'pipelines.needs_elsewhere': finding(
    '`needs:{key}` is not supported: a job needs only jobs of its own pipeline.',
    '`needs:{key}` は使えません。ジョブは同じパイプラインのジョブだけを必要とできます。',
    'Keep what is wanted as a data set (`seto data push`) or an image, and fetch it in the script.',
    '必要な物はデータセット (`seto data push`) かイメージとして残し、スクリプトで取得してください。',
  ),
  'pipelines.dependency_unknown': finding(
    'Job {job} depends on {dependency}, which does not exist.',
    'ジョブ {job} の dependencies にある {dependency} がありません。',
    'Check the spelling.',
    '綴りを確かめてください。',
  ),
  'pipelines.dependency_later': finding(
    'Job {job} takes artifacts from {dependency}, which is not in an earlier stage.',
    'ジョブ {job} が成果物を受け取る {dependency} は前のステージにありません。',
    'Move {dependency} to an earlier stage, or use `needs`.',
    '{dependency} を前のステージに移すか、`needs` を使ってください。',
  ),
  'pipelines.dependency_not_needed': finding(
    'Job {job} takes artifacts from {dependency}, which is not among its `needs`.',
    'ジョブ {job} が成果物を受け取る {dependency} が `needs` にありません。',
    'Add {dependency} to `needs`, or remove it from `dependencies`.',
    '{dependency} を `needs` に加えるか、`dependencies` から消してください。',
  ),
} as const satisfies Record<string, ErrorEntry>;
