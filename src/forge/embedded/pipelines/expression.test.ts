import { describe, expect, it } from 'vitest';
import { evaluateExpression, isExpressionError, parseExpression } from './expression.ts';
import { cpuClock } from './parse-cases.ts';

const variables = new Map([
  ['A', 'one'],
  ['B', 'two'],
  ['EMPTY', ''],
  ['TRUE', 'true'],
  ['PATTERN', '/^o.e$/i'],
  ['NOT_PATTERN', 'one'],
  ['BRANCH', 'release/1.2'],
  ['NESTED', '$A'],
  ['LINES', 'x\none\ny'],
]);

function holds(text: string): boolean | string {
  const expression = parseExpression(text);
  return isExpressionError(expression)
    ? `${expression.reason}@${expression.offset}`
    : evaluateExpression(expression, variables);
}

describe('if', () => {
  it.each([
    ['$A', true],
    ['$EMPTY', false],
    ['$MISSING', false],
    ['"text"', true],
    ['null', false],
    ['$A == "one"', true],
    ["$A == 'one'", true],
    ['$A != "one"', false],
    ['$MISSING == null', true],
    ['$EMPTY == null', false],
    ['$EMPTY == ""', true],
    ['$MISSING == ""', false],
    ['$MISSING != "x"', true],
    ['$A == $B', false],
    ['$MISSING == $ALSO_MISSING', true],
    ['$A =~ /^o/', true],
    ['$A =~ /^O/', false],
    ['$A =~ /^O/i', true],
    ['$A !~ /^o/', false],
    ['$MISSING !~ /x/', true],
    ['$MISSING =~ /x/', false],
    ['$BRANCH =~ /^release\\/\\d+\\.\\d+$/', true],
    ['$A =~ $PATTERN', true],
    ['$A =~ $NOT_PATTERN', false],
    ['$A !~ $NOT_PATTERN', true],
    ['$LINES =~ /^one$/', false],
    ['$LINES =~ /^one$/m', true],
    ['$NESTED == "one"', false],
    ['$A && $B', true],
    ['$A && $MISSING', false],
    ['$MISSING || $B', true],
    ['$MISSING && $A || $B', true],
    ['$B || $MISSING && $MISSING', true],
    ['($B || $A) && $MISSING', false],
    ['($A == "one") && ($B == "two")', true],
    ['$A == "one" && $B == "three" || $TRUE == "true"', true],
    ['(($A))', true],
    ['$A=="one"&&$B=="two"', true],
    ['$A == "a b \' c"', false],
    ['  $A\n && $B ', true],
  ])('%s is %s', (text, value) => {
    expect(holds(text)).toBe(value);
  });

  it.each([
    ['', 'unexpected@0'],
    ['$A ==', 'unexpected@5'],
    ['== $A', 'unexpected@0'],
    ['$A $B', 'unexpected@3'],
    ['($A', 'unexpected@3'],
    ['$A)', 'unexpected@2'],
    ['$A = "x"', 'unexpected@3'],
    ['one', 'unexpected@0'],
    ['$A == one', 'unexpected@6'],
    ['$A =~ /(/', 'pattern@6'],
    ['$A =~ /(?=x)/', 'pattern@6'],
    ['$A =~ /x/q', 'pattern@6'],
    ['"open', 'unexpected@0'],
    ['('.repeat(60), 'too-deep@50'],
    ['$A && '.repeat(2000), 'too-deep@10000'],
  ])('%s is refused', (text, error) => {
    expect(holds(text)).toBe(error);
  });

  it('answers at once where a backtracking engine would not', () => {
    const many = new Map([['A', `${'a'.repeat(50_000)}!`]]);
    const expression = parseExpression('$A =~ /^(a+)+$/');
    const cpu = cpuClock();
    expect(isExpressionError(expression) ? null : evaluateExpression(expression, many)).toBe(false);
    expect(cpu()).toBeLessThan(2000);
  });
});
