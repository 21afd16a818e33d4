import { expect, it } from 'vitest';
import { parseYamlConfig } from '../shared/yaml-config.ts';
import { isLoopback } from './address.ts';
import { configSchema } from './config.ts';

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
