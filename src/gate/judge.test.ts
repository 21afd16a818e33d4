import { describe, expect, it } from 'vitest';
import { verdictSchema } from '../api/contract/gate.ts';
import type { Evaluation, Judged } from './evaluation.ts';
import { type GateRules, judge } from './judge.ts';

const rules: GateRules = { minAccuracy: 0.9, minRecall: {}, minSamples: 10, notWorse: null };
const picture = (n: number, truth: string, label: string, decision: Judged['decision'] = null): Judged => ({
  path: `${truth}/${n}.png`,
  sha256: String(n),
  group: `part-${Math.floor(n / 2)}`,
  truth,
  label,
  decision,
});
/** `right` of `n` good ones right, all 20 defects right. */
const evaluation = (n: number, rightOnes: number, digest = 'candidate'): Evaluation => ({
  model: { name: 'm', digest },
  labels: ['good', 'defect'],
  reject: ['defect'],
  pictures: [
    ...Array.from({ length: n }, (_, i) => picture(i, 'good', i < rightOnes ? 'good' : 'defect')),
    ...Array.from({ length: 20 }, (_, i) => picture(1000 + i, 'defect', 'defect')),
  ],
});
const failed = (result: ReturnType<typeof judge>) =>
  result.findings
    .filter(({ passed }) => !passed)
    .map(({ rule, of }) => (of === null ? rule : `${rule} ${of}`));

describe('the gate', () => {
  it('passes at the very limit and refuses below it', () => {
    expect(judge(evaluation(80, 70), rules, null)).toMatchObject({ passed: true, accuracy: { rate: 0.9 } });
    expect(failed(judge(evaluation(80, 69), rules, null))).toEqual(['accuracy']);
  });

  it('refuses too few pictures of a label, naming it, and a label that the data lacks', () => {
    expect(failed(judge(evaluation(9, 9), rules, null))).toEqual(['samples good']);
    const without = evaluation(80, 80);
    const onlyGood = { ...without, pictures: without.pictures.filter(({ truth }) => truth === 'good') };
    expect(failed(judge(onlyGood, rules, null))).toEqual(['samples defect']);
    expect(judge({ ...without, pictures: [] }, rules, null).passed).toBe(false);
  });

  it('counts missed defects, false alarms and what a person would look at', () => {
    const pictures = [
      ...Array.from({ length: 10 }, (_, i) =>
        picture(i, 'good', i < 2 ? 'defect' : 'good', i < 3 ? 'unsure' : 'pass'),
      ),
      ...Array.from({ length: 10 }, (_, i) => picture(i, 'defect', i < 1 ? 'good' : 'defect', 'reject')),
    ];
    const result = judge({ ...evaluation(0, 0), pictures }, rules, null);
    expect(result.missedDefects).toMatchObject({ n: 10, rate: 0.1 });
    expect(result.falseAlarms).toMatchObject({ n: 10, rate: 0.2 });
    expect(result.unsure?.rate).toBeCloseTo(0.15);
    expect(result.confusion).toEqual({
      labels: ['good', 'defect'],
      counts: [
        [8, 2],
        [1, 9],
      ],
    });
    expect(result.recall['defect']?.rate).toBe(0.9);
  });

  it('asks recall of labels, and refuses a label that nobody knows', () => {
    const strict = { ...rules, minAccuracy: 0, minRecall: { good: 0.95, scratch: 0.5 } };
    expect(failed(judge(evaluation(80, 70), strict, null))).toEqual(['recall good', 'recall scratch']);
  });

  it('counts a label that the model does not know as wrong', () => {
    const base = evaluation(80, 80);
    const pictures = [
      ...base.pictures,
      ...Array.from({ length: 30 }, (_, i) => picture(i, 'chip', 'defect')),
    ];
    const result = judge({ ...base, pictures }, rules, null);
    expect([result.notes, failed(result)]).toEqual([['unknown-labels'], ['accuracy']]);
    expect(result.confusion.counts[2]).toEqual([0, 30, 0]);
  });

  it('compares on the same pictures: within a standard error is not worse', () => {
    const against = (mine: number, theirs: number, margin: number | null = null) =>
      judge(
        evaluation(80, mine),
        { ...rules, notWorse: { endpoint: null, margin } },
        {
          endpoint: 'line',
          evaluation: evaluation(80, theirs, 'old'),
        },
      );
    expect(against(75, 75).comparison).toMatchObject({ drop: 0, standardError: 0, margin: 0 });
    expect(against(75, 75).passed).toBe(true);
    expect(against(78, 74).passed).toBe(true);
    const worse = against(74, 78);
    expect(worse.comparison?.drop).toBeCloseTo(0.04);
    expect(worse.comparison?.standardError).toBeCloseTo(Math.sqrt((4 - 100 * 0.04 ** 2) / 99 / 100), 12);
    expect(failed(worse)).toEqual(['not-worse-than line']);
    expect(against(74, 78, 0.05).passed).toBe(true);
    expect(against(74, 78, 0.04).passed).toBe(true);
    expect(against(74, 78, 0.03).passed).toBe(false);
  });

  it('passes with a note when nothing is in production', () => {
    const result = judge(evaluation(80, 80), { ...rules, notWorse: { endpoint: null, margin: null } }, null);
    expect([result.passed, result.notes]).toEqual([true, ['nothing-in-production']]);
  });

  it('gives what the contract carries', () => {
    const data = { state: 'verified' as const, name: 'parts', snapshot: 'abc' };
    const verdict = { ...judge(evaluation(80, 80), rules, null), data, isolation: 'bubblewrap' };
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
  });
});
