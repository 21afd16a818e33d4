import { expect, test } from 'vitest';
import { wilsonInterval } from '../shared/wilson-interval.ts';
import { decideRetraining, type RetrainFacts } from './decide-retraining.ts';
import { nextTime, parsePolicy } from './policy.ts';

const policy = parsePolicy(
  'retrain: { endpoint: inspection, data: parts, when: { accuracyBelow: 0.9, driftAbove: 1, newLabels: 200, schedule: "0 3 * * 0" }, coolDown: 24h }',
);
if (policy === null) throw new Error('no policy');

const day = 86_400_000;
const facts: RetrainFacts = {
  now: 10 * day,
  accuracy: null,
  drift: null,
  newLabels: 0,
  scheduledAt: null,
  lastStartedAt: null,
  lastFailedAt: null,
  running: false,
  live: true,
};
const decide = (change: Partial<RetrainFacts>) => decideRetraining(policy, { ...facts, ...change });

test('each condition starts it, named with its figures', () => {
  expect(decide({})).toMatchObject({ start: false, reason: 'all_well' });
  expect(decide({ accuracy: wilsonInterval(75, 100) })).toMatchObject({ start: true, reason: 'accuracy' });
  expect(decide({ drift: { drift: 1.2, n: 50, worst: 'mean' } })).toMatchObject({
    start: true,
    reason: 'drift',
    values: { drift: 1.2, test: 'mean' },
  });
  expect(decide({ newLabels: 200 })).toMatchObject({ start: true, reason: 'new_labels' });
  expect(decide({ scheduledAt: facts.now })).toMatchObject({ start: true, reason: 'schedule' });
  expect(decide({ scheduledAt: facts.now + 1 })).toMatchObject({ start: false });
});

test('too few or unlucky labels start nothing, nor does drift on a handful', () => {
  expect(decide({ accuracy: wilsonInterval(10, 29) })).toMatchObject({ start: false });
  expect(decide({ accuracy: wilsonInterval(87, 100) })).toMatchObject({ start: false });
  expect(decide({ drift: { drift: 9, n: 19, worst: 'mean' } })).toMatchObject({ start: false });
});

test('nothing starts without a live release, beside a running retraining, or within the cool-down', () => {
  const ripe = { newLabels: 500 };
  expect(decide({ ...ripe, live: false }).reason).toBe('no_release');
  expect(decide({ ...ripe, running: true }).reason).toBe('running');
  expect(decide({ ...ripe, lastStartedAt: facts.now - day + 1 }).reason).toBe('cool_down');
  expect(decide({ ...ripe, lastStartedAt: facts.now - day }).start).toBe(true);
});

test('mistakes in the policy are named with their places, all at once', () => {
  expect(parsePolicy('{}')).toBeNull();
  expect(policy.coolDownMs).toBe(day);
  try {
    parsePolicy(
      'retrain:\n  endpoint: inspection\n  data: parts\n  when: { accuracyBelow: 90, schedule: "every day" }\n  coolDown: soon\n',
    );
    expect.unreachable();
  } catch (error) {
    const { message } = error as Error;
    for (const part of ['.seto.yaml:4:', 'accuracyBelow', 'schedule', '.seto.yaml:5:', 'duration'])
      expect(message).toContain(part);
  }
});

test('a schedule is read in the installation’s time zone', () => {
  const from = Date.UTC(2026, 10, 24, 0, 0);
  expect(new Date(nextTime('0 3 * * 0', from, 'Asia/Tokyo') ?? 0).toISOString()).toBe(
    '2026-11-28T18:00:00.000Z',
  );
});
