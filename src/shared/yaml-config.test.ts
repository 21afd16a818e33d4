import { expect, it } from 'vitest';
import * as z from 'zod';
import { parseYamlConfig } from './yaml-config.ts';

it('refuses nesting that its parser would follow for seconds, however it is written', () => {
  for (const text of [
    '['.repeat(61),
    '- '.repeat(61),
    '? '.repeat(61),
    `${'a: 1\n'.repeat(20_001)}${'- '.repeat(61)}`,
    Array.from({ length: 62 }, (_, at) => `${'  '.repeat(at)}a:`).join('\n'),
  ])
    expect(() => parseYamlConfig(text, 'f.yaml', z.unknown())).toThrow('nested more than 60 levels deep');
});
