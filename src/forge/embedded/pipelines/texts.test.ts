import { describe, expect, it } from 'vitest';
import { parseDurationMs } from './duration.ts';
import { expandAll, expandVariables } from './expand.ts';
import { compileGlob } from './glob.ts';
import { cpuClock } from './parse-cases.ts';
import { PatternMeter } from './pattern.ts';

describe('path patterns', () => {
  it.each([
    ['a/b.txt', 'a/b.txt', true],
    ['*.txt', 'b.txt', true],
    ['*.txt', 'a/b.txt', false],
    ['*', '.hidden', true],
    ['**/*.txt', 'b.txt', true],
    ['**/*.txt', 'a/c/b.txt', true],
    ['a/**/*', 'a/b', true],
    ['a/**/*', 'a/b/c', true],
    ['a/**/*', 'b/a/c', false],
    ['a/**', 'a/b', true],
    ['a/**', 'a/b/c', false],
    ['a/*/c', 'a/b/c', true],
    ['?.txt', 'a.txt', true],
    ['?.txt', '/.txt', false],
    ['[ab].txt', 'b.txt', true],
    ['[!ab].txt', 'b.txt', false],
    ['*.{js,ts}', 'x.ts', true],
    ['*.{js,ts}', 'x.rb', false],
    ['{a,b/{c,d}}.x', 'b/d.x', true],
    ['a.b', 'aXb', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['(x|y)+$', '(x|y)+$', true],
    ['*(x)', 'a(x)', true],
    ['src/**/[a-c]*.yml', 'src/x/y/b1.yml', true],
  ])('%s on %s', (glob, path, matches) => {
    expect(compileGlob(glob)?.(path)).toBe(matches);
  });

  it('takes linear time', () => {
    const cpu = cpuClock();
    expect(compileGlob(`${'*a'.repeat(30)}b`)?.('a'.repeat(2000))).toBe(false);
    expect(cpu()).toBeLessThan(1000);
    expect(compileGlob('x'.repeat(2000))).toBeNull();
  });
});

describe('durations', () => {
  it.each([
    ['30m', 1_800_000],
    ['1h 30m', 5_400_000],
    ['1h30m', 5_400_000],
    ['3600', 3_600_000],
    ['2 weeks', 1_209_600_000],
    ['2 weeks and 3 days', 1_468_800_000],
    ['1 day, 2 hours', 93_600_000],
    ['3 mins 4 sec', 184_000],
    ['1.5 hours', 5_400_000],
    ['1:30:00', 5_400_000],
    ['2 hrs', 7_200_000],
    ['an hour', 3_600_000],
    ['1 mo', 2_592_000_000],
    ['', null],
    ['0', null],
    ['soon', null],
    ['10 parsecs', null],
    ['-5m', null],
    ['5m!', null],
    ['9'.repeat(50), null],
    ['1'.repeat(99), null],
  ])('%s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
});

describe('variables', () => {
  const known = { A: 'one', B_2: 'two', EMPTY: '' };
  it.each([
    ['$A', 'one'],
    [`\${A}`, 'one'],
    ['%A%', 'one'],
    [`x$A-\${B_2}y`, 'xone-twoy'],
    ['$MISSING', ''],
    [`\${MISSING}x`, 'x'],
    ['$$A', '$A'],
    ['$EMPTY', ''],
    ['$AB', ''],
    [`$1 \${} $`, `$1 \${} $`],
    ['100%', '100%'],
    ['%Y%', '%Y%'],
  ])('%s', (text, value) => {
    expect(expandVariables(text, known)).toBe(value);
  });

  it('leaves what it does not know to the runner where asked', () => {
    expect(expandVariables('$A/$CI_JOB_ID/$$x', known, { unknown: 'keep' })).toBe('one/$CI_JOB_ID/$$x');
  });

  it('expands values by one another, and stops at cycles and raw values', () => {
    const variables = new Map([
      ['A', '$B/a'],
      ['B', '$C/b'],
      ['C', 'c'],
      ['X', '$Y'],
      ['Y', '$X'],
      ['RAW', '$C'],
      ['USES_RAW', '<$RAW>'],
    ]);
    expect(Object.fromEntries(expandAll(variables, new Set(['RAW'])))).toEqual({
      A: 'c/b/a',
      B: 'c/b',
      C: 'c',
      X: expect.stringMatching(/^\$[XY]$/),
      Y: expect.stringMatching(/^\$[XY]$/),
      RAW: '$C',
      USES_RAW: '<$C>',
    });
  });

  it('stays small where values double', () => {
    const variables = new Map<string, string>([['V0', 'xxxxxxxxxx']]);
    for (let i = 1; i < 60; i += 1) variables.set(`V${i}`, `$V${i - 1}$V${i - 1}`);
    const total = [...expandAll(variables).values()].reduce((sum, value) => sum + value.length, 0);
    expect(total).toBeLessThan(400_000);
    const chain = new Map(Array.from({ length: 5000 }, (_, i) => [`N${i}`, `$N${i + 1}`] as const));
    expect(expandAll(chain).size).toBe(5000);
  });
});

describe('patterns', () => {
  it('are many and long only up to a cost', () => {
    const meter = new PatternMeter();
    const cpu = cpuClock();
    let made = 0;
    for (let i = 0; i < 2000 && !meter.spent; i += 1)
      if (meter.compile(`${'a{1000}'.repeat(200)}${i}`, '') !== null) made += 1;
    for (let i = 0; i < 2000 && !meter.spent; i += 1)
      meter.found('(.*)'.repeat(300), '', `${'x'.repeat(5000)}${i}`);
    expect(meter.spent).toBe(true);
    expect(made).toBeLessThan(10);
    expect(cpu()).toBeLessThan(4000);
    expect(meter.compile('fresh', '')).toBeNull();
  });

  it('are ordinary for what people write', () => {
    const meter = new PatternMeter();
    for (let i = 0; i < 1000; i += 1) {
      expect(meter.compile(`^release-${i % 50}\\.\\d{1,3}$`, 'i')).not.toBeNull();
      expect(meter.found(`^release-${i % 50}\\.\\d{1,3}$`, 'i', `Release-${i % 50}.12`)).toBe(true);
    }
    expect(meter.spent).toBe(false);
  });
});
