import { expect, test } from 'vitest';
import { fault } from '../shared/errors.ts';
import { readFeedbackCsv, withPlace } from './feedback-csv.ts';

test('reads what spreadsheets write: a byte order mark, quotes, CRLF, other columns, empty lines', () => {
  const text = '\uFEFFreference,line,label\r\n"SN-1, rev ""B""",3,ok\r\n\r\n部品-2,4,"傷\nあり"\r\n';
  expect(readFeedbackCsv(text, 'labels.csv')).toEqual([
    { reference: 'SN-1, rev "B"', label: 'ok', line: 2 },
    { reference: '部品-2', label: '傷\nあり', line: 4 },
  ]);
});

test('predictionId goes before reference where both are given', () => {
  expect(readFeedbackCsv('predictionId,reference,label\nabc,SN-1,ok\n,SN-2,defect\n', 'f')).toEqual([
    { predictionId: 'abc', label: 'ok', line: 2 },
    { reference: 'SN-2', label: 'defect', line: 3 },
  ]);
});

test.each([
  ['', 'f:1: empty'],
  ['reference,class\nSN-1,ok\n', 'f:1: columns: reference, class'],
  ['reference,label\nSN-1,ok\nSN-2,\n', 'f:3: no label'],
  ['reference,label\n,ok\n', 'f:2: no predictionId and no reference'],
  ['reference,label\n"SN-1,ok\n', 'f:2: a quote is not closed'],
])('a mistake is named with its line: %j', (text, message) => {
  expect(() => readFeedbackCsv(text, 'f')).toThrow(message);
});

test('an unknown label is told with the file and line that it first stands in', () => {
  const lines = readFeedbackCsv('reference,label\nSN-1,ok\nSN-2,okk\nSN-3,okk\n', 'f');
  const told = withPlace(fault('feedback.unknown_label', { label: 'okk', labels: 'defect, ok' }), 'f', lines);
  expect(String(told)).toContain('f:3: the live model knows no label “okk”; it knows defect, ok.');
  const other = fault('core.unreachable', { url: 'u', reason: 'r' });
  expect(withPlace(other, 'f', lines)).toBe(other);
});
