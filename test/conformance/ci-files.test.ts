import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { lintPipeline } from '../../src/forge/embedded/pipelines/lint.ts';
import { type Node, scalarText } from '../../src/forge/embedded/pipelines/node.ts';
import { Notes } from '../../src/forge/embedded/pipelines/notes.ts';
import { textReader } from '../../src/forge/embedded/pipelines/text-reader.ts';
import { readYaml } from '../../src/forge/embedded/pipelines/yaml-read.ts';
import { CI_FILE, type CiCase, ciCases, ciFilesFolder } from './ci-files.ts';

const cases = ciCases();

function outcome(ciCase: CiCase): { text: string; warnings: string[] } {
  const result = lintPipeline(ciCase.reader, CI_FILE, {
    ref: 'main',
    tag: false,
    source: 'push',
    lang: 'en',
  });
  const warnings = result.diagnostics.filter((each) => each.severity === 'warning').map((each) => each.code);
  const [first] = result.diagnostics.filter((each) => each.severity === 'error');
  if (first !== undefined) return { text: `refused: ${first.code} ${first.line}:${first.column}`, warnings };
  if (result.noPipeline !== null) return { text: `none: ${result.noPipeline.code}`, warnings };
  return { text: `jobs: ${result.jobs.map((job) => job.name).join(', ')}`, warnings };
}

it('there are at least forty files', () => {
  expect(cases.length).toBeGreaterThanOrEqual(40);
});

it.each(cases)('$name gives what it says', (ciCase) => {
  const { text, warnings } = outcome(ciCase);
  expect(text).toBe(`${ciCase.expected.kind}: ${ciCase.expected.value}`);
  for (const code of ciCase.warns) expect(warnings).toContain(code);
});

describe('the official schema agrees', () => {
  const schema: unknown = JSON.parse(readFileSync(path.join(ciFilesFolder, 'gitlab-ci-schema.json'), 'utf8'));
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: false });
  const validate = ajv.compile(schema as object);
  const judged = cases.filter((ciCase) => ciCase.differs.schema === null);

  it(`on ${judged.length} of ${cases.length} files (the others say why not)`, () => {
    expect(judged.length).toBeGreaterThanOrEqual(40);
  });

  it.each(judged)('on $name', (ciCase) => {
    for (const [file, source] of Object.entries(ciCase.files)) {
      const notes = new Notes();
      const root = readYaml(source, file, notes);
      const valid = root !== null && validate(plainOf(root));
      const refused = ciCase.expected.kind === 'refused' && file === CI_FILE;
      expect(valid, JSON.stringify(validate.errors)).toBe(!refused);
    }
  });
});

describe('every name of the official schema is known, or refused by its own name', () => {
  const schema = z
    .object({
      definitions: z.object({
        retry_errors: z.object({ oneOf: z.array(z.object({ const: z.string() })) }),
        job_template: z.object({ properties: z.record(z.string(), z.unknown()) }),
        artifacts: z.object({
          properties: z.object({ reports: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
        }),
      }),
      properties: z.record(z.string(), z.unknown()),
    })
    .parse(JSON.parse(readFileSync(path.join(ciFilesFolder, 'gitlab-ci-schema.json'), 'utf8')));
  const codes = (source: string): string[] =>
    lintPipeline(textReader({ [CI_FILE]: source }), CI_FILE, {
      ref: 'main',
      tag: false,
      source: 'push',
      lang: 'en',
    }).diagnostics.map((each) => each.code);

  it.each(schema.definitions.retry_errors.oneOf.map((each) => each.const))('retry:when %s', (reason) => {
    expect(codes(`a: {script: [s], retry: {max: 1, when: [${reason}]}}\n`)).toEqual([]);
  });

  it.each(Object.keys(schema.definitions.artifacts.properties.reports.properties))('report %s', (report) => {
    const value = report === 'coverage_report' ? '{coverage_format: jacoco, path: x}' : '[x]';
    expect(codes(`a: {script: [s], artifacts: {reports: {${report}: ${value}}}}\n`)).toEqual([]);
  });

  it.each(Object.keys(schema.definitions.job_template.properties))('job key %s', (key) => {
    expect(codes(`a: {script: [s], ${key}: {}}\n`)).not.toContain('pipelines.unknown_key');
  });

  it.each(Object.keys(schema.properties).filter((key) => key !== '!reference'))('top-level key %s', (key) => {
    expect(codes(`${key}: x\na: {script: [s]}\n`).filter((code) => code === 'pipelines.not_a_job')).toEqual(
      key === 'pages' ? ['pipelines.not_a_job'] : [],
    );
  });
});

/** As an editor would hand it to the schema: a reference stays the list that it is written as. */
function plainOf(node: Node): unknown {
  switch (node.kind) {
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainOf(entry.value)]));
    case 'seq':
      return node.items.map(plainOf);
    case 'reference':
      return [...node.path];
    case 'scalar':
      return typeof node.value === 'number' && !Number.isInteger(node.value) ? scalarText(node) : node.value;
  }
}
