import type { ErrorEntry } from '../text/format.ts';
import { finding } from './ci-finding.ts';

/** Findings about a CI file as text: YAML, includes, `extends`, `!reference`. */
export const ciTextErrors = {
  // The file as YAML
  'pipelines.no_file': finding(
    'There is no {path} in this commit.',
    'このコミットに {path} がありません。',
    'Add the file, or name another one: `seto pipeline lint FILE`.',
    'ファイルを追加するか、別のファイルを指定してください: `seto pipeline lint FILE`。',
  ),
  'pipelines.empty': finding(
    'The file is empty.',
    'ファイルが空です。',
    'Write at least one job with a `script`.',
    '`script` を持つジョブを少なくとも 1 つ書いてください。',
  ),
  'pipelines.too_large': finding(
    'The file is larger than {limit}.',
    'ファイルが上限 {limit} を超えています。',
    'Move data out of the CI file into files that the scripts read.',
    'データは CI ファイルの外に置き、スクリプトから読んでください。',
  ),
  'pipelines.too_deep': finding(
    'Brackets or indentation are nested deeper than {limit} levels.',
    '括弧またはインデントの入れ子が {limit} 段を超えています。',
    'Flatten the structure here; a bracket may be left open.',
    'ここの構造を浅くしてください。括弧の閉じ忘れかもしれません。',
  ),
  'pipelines.too_many_aliases': finding(
    'The file uses more than {limit} YAML aliases (`*name`).',
    'YAML の別名 (`*name`) が {limit} 個を超えています。',
    'Use `extends` or `default:` in place of aliases.',
    '別名の代わりに `extends` か `default:` を使ってください。',
  ),
  'pipelines.too_many_nodes': finding(
    'With aliases, `extends` and `!reference` spread, the file has more than {limit} values.',
    '別名・`extends`・`!reference` を展開すると、値が {limit} 個を超えます。',
    'Repeat less: put what is shared into `default:` or into a script file.',
    '繰り返しを減らし、共通部分は `default:` かスクリプトファイルに移してください。',
  ),
  'pipelines.yaml': finding(
    'This is not valid YAML: {problem}.',
    'YAML として正しくありません: {problem}。',
    'Check indentation, quotes and brackets on this line and the one before.',
    'この行と直前の行のインデント・引用符・括弧を確かめてください。',
  ),
  'pipelines.yaml_tab': finding(
    'A tab is used for indentation, which YAML does not allow.',
    'インデントにタブが使われています。YAML では使えません。',
    'Indent with spaces.',
    '空白でインデントしてください。',
  ),
  'pipelines.yaml_indent': finding(
    'This line begins in a column that fits nothing above it.',
    'この行の開始位置が、上のどの項目とも合いません。',
    'Give items of one list or map the same indentation, and what is inside them (also in brackets) more.',
    '同じリストやマップの項目はインデントを揃え、その中身 (括弧の中も) はより深くしてください。',
  ),
  'pipelines.yaml_bracket': finding(
    'A bracket opened above is not closed before this place, or this line is not indented enough to be inside it.',
    '上で開いた括弧がここまでに閉じられていないか、この行のインデントが括弧の中として足りません。',
    'Close the bracket, and indent what is inside it more than its key.',
    '括弧を閉じ、中身はキーより深くインデントしてください。',
  ),
  'pipelines.yaml_missing': finding(
    'A quote, bracket, comma, colon or space is missing here or just before.',
    'ここ、または直前で、引用符・括弧・コンマ・コロン・空白のどれかが抜けています。',
    'Close what was opened, and write `key: value` with a space after the colon.',
    '開いたものを閉じ、コロンの後に空白を入れて `key: value` と書いてください。',
  ),
  'pipelines.yaml_colon': finding(
    'There is a second “: ” or a list in one line, where a value was expected.',
    '値があるべきところに、同じ行で 2 つ目の「: 」またはリストがあります。',
    'Put quotes around the whole value, or move what follows to the next line, indented.',
    '値全体を引用符で囲むか、続きを次の行に移してインデントしてください。',
  ),
  'pipelines.yaml_start': finding(
    'A value without quotes cannot begin with this character.',
    '引用符のない値はこの文字で始められません。',
    'Put quotes around the value.',
    '値を引用符で囲んでください。',
  ),
  'pipelines.yaml_escape': finding(
    'Double quotes do not know this \\ sequence.',
    '二重引用符の中で使えない \\ の組み合わせです。',
    'Write \\\\ for a backslash, or use single quotes.',
    '\\ 自体は \\\\ と書くか、一重引用符を使ってください。',
  ),
  'pipelines.alias_unknown': finding(
    'The alias *{name} has no anchor &{name} before it.',
    '別名 *{name} より前にアンカー &{name} がありません。',
    'Define the anchor above this line (anchors do not reach into other files; `!reference` does).',
    'この行より上でアンカーを定義してください (アンカーは他のファイルに届きません。`!reference` は届きます)。',
  ),
  'pipelines.alias_cycle': finding(
    'The alias *{name} stands inside its own anchor.',
    '別名 *{name} が自分自身のアンカーの中にあります。',
    'Take the alias out of what it names.',
    '別名を、それが指す部分の外に出してください。',
  ),
  'pipelines.key_not_text': finding(
    'A key must be plain text, not a list or a map.',
    'キーはリストやマップではなく文字列でなければなりません。',
    'Put the key in quotes.',
    'キーを引用符で囲んでください。',
  ),
  'pipelines.more_documents': finding(
    'Only the first YAML document of the file is used.',
    'ファイルの最初の YAML 文書だけが使われます。',
    'Remove the `---` line, or move the second document to a file of its own.',
    '`---` の行を消すか、2 つ目の文書を別のファイルにしてください。',
  ),
  'pipelines.date': finding(
    '{text} is a date in YAML, which GitLab refuses; it is read as text here.',
    '{text} は YAML では日付であり、GitLab は拒否します。ここでは文字列として読みます。',
    'Put it in quotes.',
    '引用符で囲んでください。',
  ),
  // Includes
  'pipelines.include_form': finding(
    '`include` cannot be read here: {value}.',
    'ここの `include` を読めません: {value}。',
    'Write `include: path/to/file.yml`, or a list of `local:` entries.',
    '`include: path/to/file.yml`、または `local:` の一覧を書いてください。',
  ),
  'pipelines.include_refused': finding(
    '`include:{kind}` is not supported: a pipeline uses only files of its own commit.',
    '`include:{kind}` は使えません。パイプラインは自分のコミットにあるファイルだけを使います。',
    'Copy the file into this repository and include it with `include: local: path/to/file.yml`.',
    'そのファイルをこのリポジトリに置き、`include: local: path/to/file.yml` で読み込んでください。',
  ),
  'pipelines.include_template': finding(
    'The template {name} is skipped: GitLab’s templates are not part of Seto. Jobs left without a script are dropped.',
    'テンプレート {name} は読み飛ばします。GitLab のテンプレートは Seto にありません。スクリプトのないジョブは除かれます。',
    'Where its jobs are wanted, copy them into this repository and use `include:local`.',
    'そのジョブが必要なら、このリポジトリに写して `include:local` で読み込んでください。',
  ),
  'pipelines.include_missing': finding(
    'There is no file {path} in this commit to include.',
    '読み込むファイル {path} がこのコミットにありません。',
    'Check the path (from the root of the repository) and that the file is committed.',
    'パス (リポジトリのルートから) と、ファイルがコミット済みかを確かめてください。',
  ),
  'pipelines.include_not_yaml': finding(
    'The included file {path} does not end in .yml or .yaml.',
    '読み込むファイル {path} の拡張子が .yml でも .yaml でもありません。',
    'Rename the file.',
    'ファイル名を変えてください。',
  ),
  'pipelines.include_cycle': finding(
    'The includes go round in a circle: {chain}.',
    'include が循環しています: {chain}。',
    'Remove one of these includes.',
    'このうちの 1 つの include を消してください。',
  ),
  'pipelines.include_many': finding(
    'More than {limit} files are included.',
    '{limit} を超えるファイルが include されています。',
    'Join files, or narrow the pattern.',
    'ファイルをまとめるか、パターンを狭めてください。',
  ),
  'pipelines.inputs': finding(
    '`{key}` is not supported: files have no inputs here.',
    '`{key}` は使えません。ここではファイルに入力 (inputs) を渡せません。',
    'Use `variables:` in the including file, or `extends` with a hidden job.',
    '読み込む側の `variables:`、または隠しジョブと `extends` を使ってください。',
  ),
  // extends and !reference
  'pipelines.extends_unknown': finding(
    'Job {job} extends {name}, which does not exist.',
    'ジョブ {job} が extends する {name} がありません。',
    'Check the spelling; a hidden job begins with a dot.',
    '綴りを確かめてください。隠しジョブの名前は点で始まります。',
  ),
  'pipelines.extends_cycle': finding(
    '`extends` goes round in a circle: {chain}.',
    '`extends` が循環しています: {chain}。',
    'Remove one of these `extends`.',
    'このうちの 1 つの `extends` を消してください。',
  ),
  'pipelines.extends_deep': finding(
    'Job {job} inherits over more than {limit} levels.',
    'ジョブ {job} の継承が {limit} 段を超えています。',
    'Shorten the chain of `extends`.',
    '`extends` の連なりを短くしてください。',
  ),
  'pipelines.reference_unknown': finding(
    '!reference [{path}] leads to nothing.',
    '!reference [{path}] の指す先がありません。',
    'Check each name on the way: job first, then its keys.',
    '途中の名前を確かめてください。最初がジョブ、続いてそのキーです。',
  ),
  'pipelines.reference_cycle': finding(
    '!reference [{path}] leads back to itself.',
    '!reference [{path}] が自分自身に戻っています。',
    'Break the circle: let one of them hold the lines itself.',
    'どれか 1 つに内容を直接書き、循環を断ってください。',
  ),
  'pipelines.reference_deep': finding(
    '!reference [{path}] is nested deeper than {limit} levels.',
    '!reference [{path}] の入れ子が {limit} 段を超えています。',
    'Refer to the last part directly.',
    '最後の部分を直接参照してください。',
  ),
} as const satisfies Record<string, ErrorEntry>;
