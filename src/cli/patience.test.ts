import { describe, expect, it } from 'vitest';
import { fault } from '../shared/errors.ts';
import { isAway, withPatience } from './patience.ts';

const away = () => fault('core.unreachable', { url: 'http://127.0.0.1:1', reason: 'ECONNREFUSED' });
/** Fails so often, then answers; counts its runs. */
const command = (failures: Error[]) => {
  let runs = 0;
  return {
    runs: () => runs,
    run: async () => {
      const failure = failures[runs];
      runs += 1;
      if (failure) throw failure;
      return 'done';
    },
  };
};
const silent = () => undefined;

describe('a command of a job', () => {
  it('is repeated when the platform was away, and says so once', async () => {
    const tried = command([away(), away()]);
    let said = 0;
    const waits = () => {
      said += 1;
    };
    expect(await withPatience('deploy', { CI_JOB_ID: '7' }, tried.run, waits)).toBe('done');
    expect([tried.runs(), said]).toEqual([3, 1]);
  });

  it('is not repeated for another error, outside of a job, or where repeating does it twice', async () => {
    const refused = command([fault('access.not_signed_in')]);
    await expect(withPatience('deploy', { CI_JOB_ID: '7' }, refused.run, silent)).rejects.toThrow();
    const byHand = command([away()]);
    await expect(withPatience('deploy', {}, byHand.run, silent)).rejects.toThrow();
    const twice = command([away()]);
    await expect(withPatience('pipeline', { CI_JOB_ID: '7' }, twice.run, silent)).rejects.toThrow();
    expect([refused.runs(), byHand.runs(), twice.runs()]).toEqual([1, 1, 1]);
  });

  it('knows a connection that broke off in the middle of an answer', () => {
    const socket = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
    expect(isAway(new TypeError('terminated', { cause: socket }))).toBe(true);
    expect(isAway(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).toBe(false);
  });
});
