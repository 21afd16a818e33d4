import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { type ModelManifest, parseModelManifest } from './model-manifest.ts';

const manifest: ModelManifest = {
  name: 'inspection',
  task: 'image-classification',
  input: {
    name: 'picture',
    shape: [1, 1, 64, 64],
    colour: 'grey',
    resize: 'stretch',
    normalise: 'local',
    window: 17,
  },
  output: { name: 'scores' },
  labels: ['dent', 'ok', 'scratch'],
  decision: { reject: ['dent', 'scratch'], threshold: 0.35, unsure: [0.2, 0.5] },
};

describe('decide', () => {
  it.each([
    [[0.05, 0.9, 0.05], 'ok', 'pass'],
    [[0.2, 0.75, 0.05], 'ok', 'unsure'],
    [[0.2, 0.6, 0.2], 'dent', 'unsure'],
    [[0.1, 0.5, 0.4], 'scratch', 'reject'],
    [[0.0, 0.8, 0.2], 'ok', 'unsure'],
  ])('%j is %s, %s', (scores, label, decision) => {
    expect(decide(scores, manifest)).toMatchObject({ label, decision });
  });

  it('without a decision takes the largest score', () => {
    const { decision: _, ...plain } = manifest;
    expect(decide([0.3, 0.3, 0.4], plain)).toEqual({
      label: 'scratch',
      score: 0.4,
      decision: null,
      rejectScore: null,
    });
  });

  it('refuses scores that do not fit', () => {
    expect(() => decide([0.5, 0.5], manifest)).toThrow('3 labels');
    expect(() => decide([Number.NaN, 0.5, 0.5], manifest)).toThrow('not numbers');
  });

  it('refuses to compare what is no probability with a threshold', () => {
    expect(() => decide([-2.1, 0.2, 3.4], manifest)).toThrow('no probabilities (-2.1 for dent)');
    const { decision: _, ...plain } = manifest;
    expect(decide([-2.1, 0.2, 3.4], plain).label).toBe('scratch');
    expect(decide([-0.001, 0.999, 0.001], manifest).label).toBe('ok');
  });
});

describe('parseModelManifest', () => {
  const read = (change: object) => parseModelManifest(JSON.stringify({ ...manifest, ...change }));

  it('reads back what it was given', () => {
    expect(read({})).toEqual(manifest);
  });

  it.each([
    [{ labels: ['ok', 'ok'] }, 'twice'],
    [{ labels: ['ok'] }, 'labels'],
    [{ decision: { reject: ['dnt'], threshold: 0.5 } }, '"dnt" is not among the labels'],
    [{ decision: { reject: ['dent', 'ok', 'scratch'], threshold: 0.5 } }, 'every label is rejected'],
    [{ decision: { reject: ['dent'], threshold: 0.5, unsure: [0.6, 0.4] } }, 'larger than the second'],
    [{ decision: { reject: ['dent'], threshold: 1.5 } }, 'decision.threshold'],
    [{ input: { ...manifest.input, colour: 'rgb' } }, 'colour rgb has 3'],
    [{ input: { ...manifest.input, normalise: 'fixed' } }, 'needs 1 value'],
    [{ input: { ...manifest.input, window: 16 } }, 'odd window'],
    [{ pre: 'code' }, 'pre'],
  ])('refuses %j', (change, complaint) => {
    expect(() => read(change)).toThrow(complaint);
  });

  it('says so when it is not JSON', () => {
    expect(() => parseModelManifest('{')).toThrow('model.json is not valid');
  });
});
