import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseDotenv } from './parse-dotenv.ts';
import { slug } from './predefined-variables.ts';
import { readCoverage } from './read-coverage.ts';
import { readJunit, readMetrics, readReport } from './read-report.ts';

describe('reports', () => {
  it('reads dotenv and refuses names that steer programs', () => {
    expect(parseDotenv('# note\nA=1\n\nexport B="two words"\nC=x=y\n')).toEqual({
      A: '1',
      B: 'two words',
      C: 'x=y',
    });
    for (const name of [
      'CI_JOB_TOKEN',
      'SETO_URL',
      'GIT_SSH',
      'LD_PRELOAD',
      'NODE_OPTIONS',
      'PYTHONPATH',
      'PATH',
      'HOME',
      'ENV',
      'BASH_ENV',
    ])
      expect(() => parseDotenv(`A=1\n${name}=x`), name).toThrow(`Line 2 of the dotenv report sets ${name},`);
    expect(() => parseDotenv('A=1\n\nno assignment')).toThrow('Line 3 of the dotenv report is not KEY=value');
    expect(() => parseDotenv(Array.from({ length: 51 }, (_, at) => `K${at}=1`).join('\n'))).toThrow(
      'sets 51 variables; at most 50',
    );
  });

  it('counts junit cases and reads metrics', () => {
    const xml =
      '<testsuites><testsuite tests="9"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite></testsuites>';
    expect(readJunit(xml)).toEqual({ type: 'junit', tests: 2, failures: 1, errors: 0, skipped: 0 });
    expect(
      readMetrics('# HELP x\naccuracy 0.95\nrecall{label="defect"} 0.9 1700\nbad NaN\ntext only\n'),
    ).toEqual({
      type: 'metrics',
      metrics: { accuracy: 0.95, 'recall{label="defect"}': 0.9 },
    });
    expect(readReport('metrics', gzipSync('a 1\n'))).toEqual({ type: 'metrics', metrics: { a: 1 } });
    expect(readReport('junit', Buffer.from('no gzip'))).toBeNull();
    expect(readReport('junit', gzipSync(Buffer.alloc(64 * 1024 * 1024)))).toBeNull();
  });

  it('finds coverage as GitLab does, in linear time', () => {
    expect(readCoverage('lines: 80.5%\ntotal: 12 of 13, 91.25%\n', 'total.*?(\\d+(?:\\.\\d+)?)%')).toBe(
      91.25,
    );
    expect(readCoverage('nothing', '\\d+%')).toBeNull();
    expect(readCoverage('x', '(')).toBeNull();
    expect(readCoverage(`${'a'.repeat(5000)}!`, '(a+)+$')).toBeNull();
  });

  it('makes slugs as GitLab does', () => {
    expect(slug('Feature/Ä-1_')).toBe('feature---1');
    expect(slug(`x${'-'.repeat(80)}`)).toBe('x');
  });
});
