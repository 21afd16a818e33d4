import type { Finding, Verdict } from '../api/contract/gate.ts';
import type { Lang } from '../shared/text/format.ts';
import { say } from '../shared/text.ts';

/** `93.3 %` */
export function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}

/** A rule and how it went, as one sentence. */
export function explainFinding({ rule, of, wanted, actual }: Finding, lang: Lang): string {
  if (rule === 'samples')
    return say(lang, 'gate.rule.samples', { label: of ?? '', wanted: wanted ?? 0, actual: actual ?? 0 });
  const values = {
    of: of ?? '',
    wanted: percent(wanted ?? 0),
    actual: actual === null ? '-' : percent(actual),
  };
  if (rule === 'accuracy') return say(lang, 'gate.rule.accuracy', values);
  if (rule === 'recall') return say(lang, 'gate.rule.recall', values);
  return say(lang, 'gate.rule.not_worse', values);
}

/** The verdict as JUnit's XML: a test case a rule (the form that GitLab reads as `reports: junit`). */
export function toJunit(verdict: Verdict, lang: Lang): string {
  const failures = verdict.findings.filter(({ passed }) => !passed).length;
  const cases = verdict.findings.map((finding) => {
    const name = escapeXml(finding.of === null ? finding.rule : `${finding.rule} ${finding.of}`);
    const head = `    <testcase classname="gate.${escapeXml(verdict.model.name)}" name="${name}"`;
    const text = escapeXml(explainFinding(finding, lang));
    return finding.passed
      ? `${head}><system-out>${text}</system-out></testcase>`
      : `${head}><failure message="${text}"/></testcase>`;
  });
  const counts = `tests="${verdict.findings.length}" failures="${failures}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="gate ${escapeXml(verdict.model.name)}" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** The figures as OpenMetrics text (the form that GitLab reads as `reports: metrics`). */
export function toMetrics(verdict: Verdict): string {
  const lines = [
    `gate_passed ${verdict.passed ? 1 : 0}`,
    `accuracy ${verdict.accuracy.rate}`,
    `accuracy_low ${verdict.accuracy.low}`,
    `accuracy_high ${verdict.accuracy.high}`,
    `test_pictures ${verdict.pictures}`,
    `test_groups ${verdict.groups}`,
    ...Object.entries(verdict.recall).map(
      ([label, { rate }]) => `recall{label="${escapeLabel(label)}"} ${rate}`,
    ),
  ];
  if (verdict.missedDefects) lines.push(`missed_defects ${verdict.missedDefects.rate}`);
  if (verdict.falseAlarms) lines.push(`false_alarms ${verdict.falseAlarms.rate}`);
  if (verdict.unsure) lines.push(`unsure ${verdict.unsure.rate}`);
  if (verdict.comparison) lines.push(`drop_against_production ${verdict.comparison.drop}`);
  return `${lines.join('\n')}\n# EOF\n`;
}

/** The verdict for a person. */
export function toLines(verdict: Verdict, lang: Lang): string[] {
  const interval = ({ rate, low, high, n }: Verdict['accuracy']) =>
    `${percent(rate)} (${percent(low)} – ${percent(high)}, n=${n})`;
  const { model, pictures, groups } = verdict;
  const lines = [
    say(lang, 'gate.head', { name: model.name, digest: model.digest.slice(0, 12), pictures, groups }),
    `  ${say(lang, 'gate.accuracy')}: ${interval(verdict.accuracy)}`,
    ...Object.entries(verdict.recall).map(
      ([label, share]) => `  ${say(lang, 'gate.recall', { label })}: ${interval(share)}`,
    ),
  ];
  if (verdict.missedDefects)
    lines.push(`  ${say(lang, 'gate.missed_defects')}: ${interval(verdict.missedDefects)}`);
  if (verdict.falseAlarms)
    lines.push(`  ${say(lang, 'gate.false_alarms')}: ${interval(verdict.falseAlarms)}`);
  if (verdict.unsure) lines.push(`  ${say(lang, 'gate.unsure')}: ${interval(verdict.unsure)}`);
  lines.push(`  ${say(lang, 'gate.confusion')}`, ...confusionLines(verdict).map((line) => `    ${line}`));
  const { comparison } = verdict;
  if (comparison)
    lines.push(
      `  ${say(lang, 'gate.comparison', {
        endpoint: comparison.endpoint ?? '',
        digest: comparison.digest.slice(0, 12),
        accuracy: percent(comparison.accuracy),
        drop: percent(comparison.drop),
        error: percent(comparison.standardError),
        better: comparison.onlyCandidateRight,
        worse: comparison.onlyProductionRight,
      })}`,
    );
  for (const finding of verdict.findings)
    lines.push(`  ${finding.passed ? '✓' : '✗'} ${explainFinding(finding, lang)}`);
  for (const note of verdict.notes) lines.push(`  ${say(lang, `gate.note.${note}`)}`);
  lines.push(say(lang, verdict.passed ? 'gate.passed' : 'gate.refused'));
  return lines;
}

function confusionLines({ confusion: { labels, counts } }: Verdict): string[] {
  const rows = [['', ...labels], ...labels.map((label, i) => [label, ...(counts[i] ?? []).map(String)])];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
}

function escapeXml(text: string): string {
  const marks: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  // Control characters but tab and line ends, and two that are none: XML 1.0 has no place for most of them.
  return text
    .replace(/[&<>"']/g, (mark) => marks[mark] ?? mark)
    .replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '?');
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
