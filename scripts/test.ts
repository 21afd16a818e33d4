import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runStep } from './steps.ts';

/**
 * `npm test`: the checks, every test file, and the demo itself. The last line counts all suites. In CI a skip that
 * `test/support/need.ts` did not excuse is a failure there already, so skips here carry their reasons above.
 */
const outputs = mkdtempSync(path.join(tmpdir(), 'seto-test-'));
const report = path.join(outputs, 'vitest.json');
const only = process.argv.slice(2);

const counts = { passed: 0, failed: 0, skipped: 0 };
const count = (ok: boolean) => {
  counts[ok ? 'passed' : 'failed'] += 1;
};

if (only.length === 0) count(await runStep('checks', ['scripts/check.ts']));

const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'];
const tested = await runStep('tests', [...vitest, `--outputFile.json=${report}`, ...only]);
addReport(report, tested);

if (only.length === 0)
  count(await runStep('the demo', ['src/main.ts', 'demo', '--json', path.join(outputs, 'demo.json')]));

rmSync(outputs, { recursive: true, force: true });
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

function addReport(file: string, ok: boolean): void {
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
    counts.passed += read.numPassedTests;
    counts.failed += read.numFailedTests;
    counts.skipped += read.numPendingTests + read.numTodoTests;
    if (!ok && read.numFailedTests === 0) counts.failed += 1;
  } catch {
    counts.failed += 1;
  }
}
