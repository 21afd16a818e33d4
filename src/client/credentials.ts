import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { writeDurably } from '../shared/durable.ts';
import { fault } from '../shared/errors.ts';
import type { Lang } from '../shared/text/format.ts';
import { type Client, createClient } from './client.ts';
import { credentialsFile } from './credentials-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

const saved = z.object({
  current: z.string(),
  platforms: z.record(z.string(), z.object({ token: z.string(), user: z.string() })),
});
export type Credentials = z.infer<typeof saved>;

export function readCredentials(env: Env): Credentials | null {
  const file = credentialsFile(env);
  if (!existsSync(file)) return null;
  try {
    return saved.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw fault('access.bad_credentials', { file }, { cause });
  }
}

/** Remembers a sign-in and makes it the current one. */
export async function saveCredentials(env: Env, url: string, token: string, user: string): Promise<void> {
  const file = credentialsFile(env);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const before = readCredentials(env);
  const platforms = { ...before?.platforms, [url]: { token, user } };
  await writeDurably(file, `${JSON.stringify({ current: url, platforms }, null, 2)}\n`, 0o600);
}

/**
 * The client of wherever we are: in a job by SETO_URL and SETO_ID_TOKEN, with SETO_URL and SETO_TOKEN where a script
 * sets them, else by the saved sign-in.
 */
export function connect(env: Env, lang: Lang): Client {
  const url = env['SETO_URL'];
  const idToken = env['SETO_ID_TOKEN'];
  if (url && (idToken || env['SETO_TOKEN']))
    return createClient({ url, idToken: idToken ?? null, token: env['SETO_TOKEN'] ?? null, lang, env });
  const credentials = readCredentials(env);
  const current = url ?? credentials?.current;
  const token = current === undefined ? undefined : credentials?.platforms[current]?.token;
  if (current === undefined || token === undefined) throw fault('access.not_signed_in');
  return createClient({ url: current, token, lang, env });
}
