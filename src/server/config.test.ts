import { expect, it } from 'vitest';
import { explain, SetoError } from '../shared/errors.ts';
import { parseYamlConfig } from '../shared/yaml-config.ts';
import { isLoopback } from './address.ts';
import { configSchema, loadConfig } from './config.ts';

it('refuses a budget for a project that cannot be, which would hold nobody back', () => {
  const read = (project: string) =>
    parseYamlConfig(
      `budget:\n  projects:\n    ${project}: { yenPerMonth: 100 }\n`,
      'seto.yaml',
      configSchema,
    );
  expect(read('factory/line').budget.projects).toEqual({ 'factory/line': { yenPerMonth: 100 } });
  for (const project of ['Factory/Line', 'line'])
    expect(() => read(project)).toThrow(/seto\.yaml:3:5: .*expected a project path/);
});

it('takes only addresses of this machine for loopback', () => {
  expect(['127.0.0.1:1', '127.9.9.9', 'localhost:1', '[::1]:1'].map(isLoopback)).toEqual(Array(4).fill(true));
  expect(['127.example.com:1', '0.0.0.0', '[::]:1'].map(isLoopback)).toEqual(Array(3).fill(false));
});

it.each([
  [
    '127.0.0.1:99999',
    '--listen に 127.0.0.1:99999 は指定できません。ポートは 0 から 65535 で指定してください。',
  ],
  ['a b', '--listen に a b は指定できません。「アドレス」または「アドレス:ポート」の形で指定してください。'],
])('refuses --listen %s before anything starts', (listen, expected) => {
  let told = '';
  try {
    loadConfig(null, { listen });
  } catch (error) {
    if (!(error instanceof SetoError)) throw error;
    told = explain(error.code, error.values, 'ja').message;
  }
  expect(told).toBe(expected);
});
