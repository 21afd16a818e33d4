import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stay, splitInterval } from './split-interval.ts';

describe('the split of a node’s interval', () => {
  it('gives boot to the first job, gaps and the tail to the one before', () => {
    const stays = [
      { of: 'b', from: 50, to: 70 },
      { of: 'a', from: 10, to: 30 },
    ];
    expect(splitInterval({ from: 0, to: 100 }, stays, 'ordered')).toEqual([
      { of: 'a', part: 'wait', from: 0, to: 10 },
      { of: 'a', part: 'work', from: 10, to: 30 },
      { of: 'a', part: 'wait', from: 30, to: 50 },
      { of: 'b', part: 'work', from: 50, to: 70 },
      { of: 'b', part: 'wait', from: 70, to: 100 },
    ]);
  });

  it('gives all to the job it was ordered for where none ran, and to nobody without one', () => {
    expect(splitInterval({ from: 5, to: 9 }, [], 'a')).toEqual([{ of: 'a', part: 'wait', from: 5, to: 9 }]);
    expect(splitInterval({ from: 5, to: 9 }, [], null)).toEqual([{ of: null, part: 'wait', from: 5, to: 9 }]);
    expect(splitInterval({ from: 9, to: 5 }, [], 'a')).toEqual([]);
  });

  it('covers every millisecond once, whatever the stays say, and each one by whoever had the node last', () => {
    const time = fc.integer({ min: -5, max: 45 });
    const stay = fc.record({ from: time, to: fc.option(time) });
    fc.assert(
      fc.property(time, fc.nat(40), fc.array(stay, { maxLength: 6 }), (from, length, raw) => {
        const interval = { from, to: from + length };
        const stays = raw.map((each, of): Stay<number> => ({ of, ...each }));
        const pieces = splitInterval(interval, stays, -1);
        for (let at = interval.from; at < interval.to; at += 1) {
          const own = pieces.filter((piece) => piece.from <= at && at < piece.to);
          expect(own.length).toBe(1);
          const begun = stays
            .filter((each) => each.from <= at)
            .sort((a, b) => a.from - b.from || a.of - b.of);
          const first = [...stays].sort((a, b) => a.from - b.from || a.of - b.of)[0];
          const owner = begun.at(-1) ?? first;
          expect(own[0]?.of).toBe(owner?.of ?? -1);
          const works = owner !== undefined && owner.from <= at && at < (owner.to ?? Number.MAX_SAFE_INTEGER);
          expect(own[0]?.part).toBe(works ? 'work' : 'wait');
        }
        const all = pieces.reduce((sum, piece) => sum + piece.to - piece.from, 0);
        expect(all).toBe(length);
      }),
      { numRuns: 500 },
    );
  });
});
