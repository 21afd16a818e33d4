import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderDiagnostic } from './diagnostics.ts';
import { parseExpression } from './expression.ts';
import { lintPipeline } from './lint.ts';
import { cpuClock } from './parse-cases.ts';
import { nextStates } from './states.ts';
import { pipelineStatus } from './status.ts';
import { textReader } from './text-reader.ts';
import type { JobState } from './types.ts';

/** Fixed, so that a failure comes again; a change here is a change of the test. */
const SEED = 20261124;
const RUNS = { seed: SEED, numRuns: 150, endOnFailure: true };
/** Processor time that no file may exceed, however it is made; the usual is a millisecond. */
const LONGEST_MS = 3000;

const SOURCE = `
workflow: {rules: [{if: $CI_COMMIT_BRANCH == "main"}, {when: always}], name: x $A}
variables: {A: 1, B: {value: x, options: [x, y]}, C: $A$B}
default: {image: a:b, tags: [t], retry: {max: 2, when: [script_failure]}, id_tokens: {T: {aud: x}}}
stages: [one, two]
.base: &base {stage: one, variables: {X: y}, script: [!reference [.more, script], echo]}
.more: {script: [a, [b, c]], rules: [{if: $A =~ /^(x|y)+$/i, changes: ["**/*.ts"], when: manual}, {exists: [a*]}]}
a: {<<: *base, parallel: {matrix: [{P: [1, 2], Q: [x]}]}, artifacts: {paths: [x], expire_in: 1 week, reports: {junit: j}}}
b: {extends: [.base, .more], needs: [{job: a, parallel: {matrix: [{P: 1, Q: x}]}}], allow_failure: {exit_codes: [1]}}
c: {extends: b, stage: two, needs: [a, {job: z, optional: true}], timeout: 1h 30m, environment: {name: e/$A}}
e:
  stage: two
  script: |
    x
d: {stage: two, script: x, only: [main, /^v/], except: {variables: [$A == "2" && ($B || null)]}, cache: {key: {files: [l]}, paths: [p]}}
`;
const WORDS = [
  'a:',
  'b:',
  '- ',
  '  ',
  '\n',
  '\n  ',
  ': ',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '&x ',
  '*x ',
  '<<: *x',
  '!reference [a, b]',
  '!!str ',
  '|\n',
  '>-\n',
  '"',
  "'",
  '#',
  '---\n',
  '?',
  '%',
  '@',
  '`',
  '\t',
  '\r',
  '\0',
  '\u2028',
  '部品',
  '0777',
  '1:30',
  'yes',
  '~',
  '.inf',
  'script:',
  'extends:',
  'needs:',
  'rules:',
  'if:',
  '$A == "x"',
  'parallel:',
  'matrix:',
  'include:',
  'default:',
  'stages:',
  'variables:',
  'image:',
  'only:',
  'except:',
  'when:',
  'manual',
  'trigger:',
  'workflow:',
  'artifacts:',
  'reports:',
  'cache:',
  'retry:',
  '.gitlab-ci.yml',
];

/** Reads, plans and renders; gives the milliseconds of processor time. Throws only where our code does. */
function take(source: string): number {
  const cpu = cpuClock();
  const reader = textReader({ f: source, 'x.yml': source });
  const result = lintPipeline(reader, 'f', { ref: 'main', tag: false, source: 'push', lang: 'ja' });
  for (const diagnostic of result.diagnostics) {
    expect(diagnostic.line).toBeGreaterThan(0);
    expect(diagnostic.column).toBeGreaterThan(0);
    renderDiagnostic(diagnostic, 'en');
  }
  const errors = result.diagnostics.filter((each) => each.severity === 'error').length;
  expect(result.valid).toBe(errors === 0);
  return cpu();
}

describe('no text makes it crash or hang', () => {
  it('the file before it is broken is a good one', () => {
    expect(take(SOURCE)).toBeLessThan(LONGEST_MS);
    const result = lintPipeline(textReader({ f: SOURCE }), 'f', {
      ref: 'main',
      tag: false,
      source: 'push',
      lang: 'en',
    });
    expect(result.diagnostics).toEqual([]);
    expect(result.jobs.length).toBeGreaterThanOrEqual(4);
  });

  it('a good file with pieces cut, moved and replaced', () => {
    const edit = fc.record({
      at: fc.nat(SOURCE.length),
      cut: fc.nat(12),
      put: fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 4 })),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        let text = SOURCE;
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
        expect(take(text)).toBeLessThan(LONGEST_MS);
      }),
      { ...RUNS, numRuns: 400 },
    );
  });

  it('words of the language in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 80 }), (words) => {
        expect(take(words.join(''))).toBeLessThan(LONGEST_MS);
      }),
      { ...RUNS, numRuns: 400 },
    );
  });

  it('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(take(Buffer.from(bytes).toString('utf8'))).toBeLessThan(LONGEST_MS);
        expect(take(Buffer.from(bytes).toString('latin1'))).toBeLessThan(LONGEST_MS);
      }),
      RUNS,
    );
  });

  it('one word many times, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...WORDS),
        fc.constantFrom(...WORDS),
        fc.constantFrom(200, 20_000),
        (one, two, times) => {
          expect(take((one + two).repeat(times))).toBeLessThan(LONGEST_MS);
        },
      ),
      { ...RUNS, numRuns: 60 },
    );
  });

  it('needs of a job that runs many times cost no more than those of a job that runs once', () => {
    const needs = `[${new Array(50).fill('t').join(', ')}]`;
    const file = (parallel: number) => {
      const lines = [`t: { script: [x], parallel: ${parallel} }`, '.b:', '  script: [x]', '  rules:'];
      for (let at = 0; at < 300; at += 1) lines.push(`  - { needs: ${needs} }`);
      for (let at = 0; at < 5; at += 1) lines.push(`j${at}: { extends: .b }`);
      return lines.join('\n');
    };
    const once = take(file(1));
    expect(take(file(200))).toBeLessThan(once * 3);
  });

  it('values of any shape under any key', () => {
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        fc.constantFrom('x', '$A', '/x/', 'main', '', 1, -1, 0.5, true, null),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(
          fc.constantFrom(
            'a',
            'if',
            'name',
            'paths',
            'job',
            'matrix',
            'when',
            'key',
            'files',
            'value',
            'max',
            'refs',
          ),
          tie('node'),
          { maxKeys: 4 },
        ),
      ),
    })).node;
    const key = fc.constantFrom(
      'script',
      'before_script',
      'image',
      'services',
      'stage',
      'tags',
      'needs',
      'dependencies',
      'artifacts',
      'cache',
      'rules',
      'only',
      'except',
      'when',
      'start_in',
      'allow_failure',
      'timeout',
      'retry',
      'parallel',
      'environment',
      'resource_group',
      'interruptible',
      'coverage',
      'id_tokens',
      'inherit',
      'variables',
      'extends',
      'hooks',
      'pages',
      'trigger',
      'secrets',
      'release',
    );
    const top = fc.constantFrom(
      'default',
      'stages',
      'variables',
      'workflow',
      'include',
      'image',
      'cache',
      'pages',
      'spec',
    );
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { maxKeys: 6 }),
        fc.dictionary(top, value, { maxKeys: 3 }),
        (job, more) => {
          expect(take(JSON.stringify({ ...more, a: { script: 's', ...job } }))).toBeLessThan(LONGEST_MS);
        },
      ),
      { ...RUNS, numRuns: 400 },
    );
  });

  it('conditions of any tokens', () => {
    const token = fc.constantFrom(
      '$A',
      '"x"',
      "'",
      'null',
      '==',
      '!=',
      '=~',
      '!~',
      '&&',
      '||',
      '(',
      ')',
      '/x/',
      '/(/',
      '/',
      '\\',
      ' ',
      '\n',
      'x',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        parseExpression(tokens.join(''));
      }),
      { ...RUNS, numRuns: 500 },
    );
  });
});

describe('no pipeline gets stuck', () => {
  it('every job ends, whatever the graph and the outcomes', () => {
    const shape = fc.record({
      stageIndex: fc.nat(3),
      when: fc.constantFrom('on_success', 'on_failure', 'always', 'delayed', 'manual'),
      allowFailure: fc.boolean(),
      needs: fc.option(fc.array(fc.nat(9), { maxLength: 3 }), { nil: null }),
      outcome: fc.constantFrom('success', 'failed', 'canceled'),
    });
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 10 }), (shapes) => {
        const outcomes = new Map(shapes.map(({ outcome }, id) => [id, outcome] as const));
        let jobs: JobState[] = shapes.map(({ needs, when, stageIndex, allowFailure }, id) => ({
          id,
          name: `j${id}`,
          stageIndex,
          status: 'created',
          when,
          allowFailure,
          // Only on earlier ones of no later stage: others are refused before.
          needs:
            needs
              ?.filter((other) => other < id && (shapes[other]?.stageIndex ?? 9) <= stageIndex)
              .map((other) => ({ job: `j${other}`, optional: false })) ?? null,
          startInMs: when === 'delayed' ? 1 : null,
          resourceGroup: null,
          retry: { max: 0, when: [], exitCodes: [] },
          autoRetries: 0,
          failureReason: null,
          exitCode: null,
        }));
        for (let round = 0; round < 200; round += 1) {
          const moves = new Map(
            nextStates(jobs).flatMap((t) => (t.type === 'move' ? [[t.id, t.to] as const] : [])),
          );
          const next = jobs.find((job) => ['pending', 'scheduled', 'manual'].includes(job.status));
          if (moves.size === 0 && next === undefined) break;
          // Manual jobs are played and delays end, one at a time, only when nothing else moves.
          const ended = moves.size === 0 && next !== undefined ? next.id : null;
          jobs = jobs.map((job) => ({
            ...job,
            status:
              moves.get(job.id) ?? (job.id === ended ? (outcomes.get(job.id) ?? 'success') : job.status),
          }));
        }
        expect(jobs.filter((job) => job.status === 'created')).toEqual([]);
        expect(['success', 'failed', 'canceled', 'skipped']).toContain(pipelineStatus(jobs));
      }),
      { ...RUNS, numRuns: 300 },
    );
  });
});
