import { Option } from 'commander';
import type * as z from 'zod';
import type { tokenSchema } from '../api/contract/tokens.ts';
import type { Lang } from '../shared/text/format.ts';
import { say } from '../shared/text.ts';
import { number } from './job-text.ts';

/** `--days N` of whatever makes a token. */
export function daysOption(): Option {
  return new Option('--days <n>', 'how long it is good (default: until it is taken back)').argParser(number);
}

/** The columns of one token: its id, what it is for, its role, until when it is good. */
export function tokenRow(lang: Lang, token: z.output<typeof tokenSchema>): string[] {
  const until = token.expiresAt === null ? '' : new Date(token.expiresAt).toISOString();
  const end =
    token.expiresAt === null
      ? say(lang, 'token.endless')
      : say(lang, token.expiresAt <= Date.now() ? 'token.over' : 'token.until', { until });
  return [token.id, token.name, token.role ?? '', new Date(token.createdAt).toISOString(), end];
}
