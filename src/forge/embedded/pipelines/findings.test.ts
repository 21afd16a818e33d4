import { describe, expect, it } from 'vitest';
import { renderDiagnostic } from './diagnostics.ts';
import { findings, parse } from './parse-cases.ts';

describe('findings', () => {
  it.each([
    ['x: 5', ['not_a_job@1:1']],
    ['[]', ['not_map@1:1']],
    ['', ['empty@1:1']],
    ['.x: {script: [s]}', ['no_jobs@1:1']],
    ['a: {}', ['no_script@1:1']],
    ['a: {script: []}', ['no_script@1:1']],
    ['a: {script: ""}', ['no_script@1:1']],
    ['a: {script: [s], stage: none}', ['stage_unknown@1:25']],
    ['a: {script: [s], scirpt: x}', ['unknown_key@1:18']],
    ['a: {script: [{echo: x}]}', ['script_map@1:14']],
    ['a: {script: [true]}', ['script_line@1:14']],
    ['a: {script: [s], tags: x}', ['not_strings@1:24']],
    ['a: {script: [s], when: never}', ['not_one_of@1:24']],
    ['a: {script: [s], when: delayed}', ['start_in@1:18']],
    ['a: {script: [s], when: delayed, start_in: 2 weeks}', ['start_in_long@1:43']],
    ['a: {script: [s], timeout: soon}', ['not_duration@1:27']],
    ['a: {script: [s], retry: 3}', ['not_integer@1:25']],
    ['a: {script: [s], retry: {max: 1, when: [luck]}}', ['not_one_of@1:40']],
    ['a: {script: [s], allow_failure: maybe}', ['not_boolean@1:33']],
    ['a: {script: [s], interruptible: "true"}', ['not_boolean@1:33']],
    ['a: {script: [s], coverage: "no"}', ['pattern@1:28']],
    ['a: {script: [s], coverage: "/(?=x)/"}', ['pattern@1:28']],
    ['a: {script: [s], image: {entrypoint: [x]}}', ['missing_key@1:25']],
    ['a: {script: [s], services: x}', ['not_list@1:28']],
    ['a: {script: [s], environment: {url: x}}', ['missing_key@1:31']],
    ['a: {script: [s], environment: {name: x, action: go}}', ['not_one_of@1:49']],
    ['a: {script: [s], environment: {name: x, on_stop: b}}', ['on_stop_unknown@1:1']],
    ['a: {script: [s], artifacts: {paths: x}}', ['not_strings@1:37']],
    ['a: {script: [s], artifacts: {path: [x]}}', ['unknown_key@1:30']],
    ['a: {script: [s], artifacts: {public: true, access: all}}', ['public_and_access@1:38']],
    ["a: {script: [s], rules: [{if: '($A'}]}", ['expression_end@1:31']],
    ['a: {script: [s], artifacts: {expire_in: x}}', ['not_duration@1:41']],
    ['a: {script: [s], artifacts: {reports: {what: x}}}', ['unknown_key@1:40']],
    ['a: {script: [s], cache: {key: {files: [a, b, c]}}}', ['cache_files@1:31']],
    ['a: {script: [s], cache: [{}, {}, {}, {}, {}]}', ['too_many_items@1:25']],
    ['a: {script: [s], id_tokens: {T: {}}}', ['missing_key@1:33']],
    ['a: {script: [s], parallel: 0}', ['not_integer@1:28']],
    ['a: {script: [s], parallel: 201}', ['not_integer@1:28']],
    ['a: {script: [s], parallel: {matrix: [{X: [1, [2]]}]}}', []],
    ['a: {script: [s], parallel: {matrix: [{X: {a: 1}}]}}', ['missing_key@1:37', 'variable_value@1:42']],
    [
      `a: {script: [s], parallel: {matrix: [{X: [${Array(15)
        .fill(0)
        .map((_, i) => i)}], Y: [${Array(14)
        .fill(0)
        .map((_, i) => i)}]}]}}`,
      ['too_many_items@1:38'],
    ],
    ['a: {script: [s], parallel: {matrix: [{X: [1, 1]}]}}', ['name_twice@1:1']],
    [`${'n'.repeat(256)}: {script: [s]}`, ['name_long@1:1']],
    [`a: {script: [s], parallel: {matrix: [{X: ${'v'.repeat(255)}}]}}`, ['name_long@1:1']],
    ['a: {script: [s], variables: {X: [1]}}', ['variable_value@1:33']],
    ['variables: {X: {value: a, options: [b]}}\na: {script: [s]}', ['variable_option@1:36']],
    ['a: {script: [s], rules: [{if: "$A =="}]}', ['expression_end@1:31']],
    ['a: {script: [s], rules: [{if: "$A = 1"}]}', ['expression@1:31']],
    ['a: {script: [s], rules: [{if: $A =~ /(/}]}', ['pattern@1:31']],
    ['a: {script: [s], rules: [{when: delayed}]}', ['start_in@1:26']],
    ['a: {script: [s], rules: [{unless: $A}]}', ['unknown_key@1:27']],
    ['a: {script: [s], rules: {if: $A}}', ['not_list@1:25']],
    ['a: {script: [s], rules: [{changes: ["[z-a]"]}]}', ['glob@1:37']],
    ['a: {script: [s], rules: [{changes: x}]}', ['not_strings@1:36']],
    ['a: {script: [s], rules: [{changes: {compare_to: x}}]}', ['missing_key@1:36']],
    ['a: {script: [s], rules: [{if: $A}], only: [main]}', ['rules_and_only@1:37']],
    ['a: {script: [s], only: [/(?=x)/]}', ['pattern@1:25']],
    ['a: {script: [s], except: {kubernetes: active}}', ['kubernetes_filter@1:39']],
    ['a: {script: [s], needs: [b]}', ['need_unknown@1:26']],
    ['a: {script: [s], needs: [{job: b, optional: true}]}', []],
    ['a: {script: [s], needs: [{pipeline: x}]}', ['needs_elsewhere@1:37']],
    ['a: {script: [s], needs: [{project: x, job: y}]}', ['needs_elsewhere@1:36']],
    ['a: {script: [s], needs: b}', ['not_list@1:25']],
    ['a: {script: [s], needs: [a]}', ['needs_cycle@1:26']],
    [
      'a: {script: [s], needs: [b]}\nb: {script: [s], needs: [c]}\nc: {script: [s], needs: [a]}',
      ['needs_cycle@1:26'],
    ],
    ['a: {script: [s], needs: [b]}\nb: {script: [s], stage: deploy}', ['need_later@1:26']],
    ['a: {script: [s], needs: [b, b]}\nb: {script: [s]}', ['need_twice@1:29']],
    [
      `a: {script: [s], needs: [${Array(51)
        .fill(0)
        .map((_, i) => `j${i}`)}]}\n${Array(51)
        .fill(0)
        .map((_, i) => `j${i}: {script: [s]}`)
        .join('\n')}`,
      ['too_many_items@1:25'],
    ],
    ['a: {script: [s], dependencies: [b]}', ['dependency_unknown@1:33']],
    ['a: {script: [s], dependencies: [b]}\nb: {script: [s]}', ['dependency_later@1:33']],
    [
      'a: {script: [s], needs: [], dependencies: [b]}\nb: {script: [s], stage: build}',
      ['dependency_not_needed@1:44'],
    ],
    ['a: {trigger: x}', ['refused_trigger@1:5']],
    ['a: {run: [x]}', ['refused_run@1:5']],
    ['a: {script: [s], secrets: {X: {}}}', ['refused_secrets@1:18']],
    ['a: {script: [s], inputs: {X: {}}}', ['inputs@1:18']],
    ['a: {script: [s], release: {tag_name: x}}', ['release@1:18']],
    ['image: {stage: test, script: [s]}', ['name_reserved@1:1']],
    ['workflow: {rules: [{when: manual}]}\na: {script: [s]}', ['not_one_of@1:27']],
    ['workflow: {rule: []}\na: {script: [s]}', ['unknown_key@1:12']],
    ['default: {script: [s]}\na: {script: [s]}', ['unknown_key@1:11']],
    [
      Array(501)
        .fill(0)
        .map((_, i) => `j${i}: {script: [s]}`)
        .join('\n'),
      ['too_many_jobs@501:1'],
    ],
    [
      'a: {script: [s], parallel: 200}\nb: {script: [s], parallel: 200}\nc: {script: [s], parallel: 200}',
      ['too_many_jobs@3:1'],
    ],
  ])('case %#', (source, expected) => {
    expect(findings(`${source}\n`)).toEqual(expected);
  });

  it('are all given at once, sorted', () => {
    expect(findings('a:\n  script: [s]\n  tags: 1\n  when: x\nb:\n  needs: [z]\n  script: [s]\n')).toEqual([
      'not_strings@3:9',
      'not_one_of@4:9',
      'need_unknown@6:11',
    ]);
  });

  it('render as file:line:column: message. what to do', () => {
    const [diagnostic] = parse('a: {script: [s], needs: [b]}\n').diagnostics;
    if (diagnostic === undefined) throw new Error('nothing found');
    expect(renderDiagnostic(diagnostic, 'en')).toBe(
      '.gitlab-ci.yml:1:26: Job a needs b, which does not exist. Check the spelling, or write `optional: true` for a job that may be missing.',
    );
    expect(renderDiagnostic(diagnostic, 'ja')).toContain('ジョブ a が必要とする b がありません。');
  });
});
