import { expect, test } from 'vitest';
import { readFeedbackCsv } from './feedback-csv.ts';

test('reads what spreadsheets write: a byte order mark, quotes, CRLF, other columns, empty lines', () => {
  const text = '\uFEFFreference,line,label\r\n"SN-1, rev ""B""",3,ok\r\n\r\n部品-2,4,"傷\nあり"\r\n';
  expect(readFeedbackCsv(text, 'labels.csv')).toEqual([
    { reference: 'SN-1, rev "B"', label: 'ok' },
    { reference: '部品-2', label: '傷\nあり' },
  ]);
});

test('predictionId goes before reference where both are given', () => {
  expect(readFeedbackCsv('predictionId,reference,label\nabc,SN-1,ok\n,SN-2,defect\n', 'f')).toEqual([
    { predictionId: 'abc', label: 'ok' },
    { reference: 'SN-2', label: 'defect' },
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
