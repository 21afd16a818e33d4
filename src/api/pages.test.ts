import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createIdentity, type Identity } from '../identity/identity.ts';
import { systemClock } from '../shared/clock.ts';
import { silentLog } from '../shared/log.ts';
import { openMigrated } from '../store/migrations.ts';
import { pageHandlers } from './pages.ts';
import { createApi } from './server.ts';
import { sessionHandlers } from './session.ts';

const html = 'text/html,application/xhtml+xml,*/*;q=0.8';
let app: ReturnType<typeof createApi>;
let identity: Identity;

beforeAll(() => {
  identity = createIdentity(openMigrated(':memory:'), systemClock);
  const url = () => 'http://127.0.0.1:7480';
  app = createApi(
    'main',
    [
      ...pageHandlers({ url }),
      ...sessionHandlers({ identity, version: '0', openJobSession: async () => null }),
    ],
    { identity, log: silentLog, hosts: () => [] },
  );
});

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers: { host: 'localhost', accept: html, ...headers } });

describe('a browser', () => {
  it.each([
    ['/', 200, 'seto login http://127.0.0.1:7480/sign-in#seto_…'],
    ['/sign-in', 200, 'seto login &#39;http://127.0.0.1:7480/sign-in#seto_…&#39;'],
    ['/line/parts/-/pipelines/12', 404, 'seto pipeline show 12'],
    ['/line/parts/-/jobs/7', 404, 'seto job logs -f 7'],
  ])('at %s is told which command to run', async (url, status, command) => {
    const reply = await get(url);
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
    expect(reply.body).toContain(command);
    expect(reply.body).toContain('<html lang="en">');
    expect((await get(url, { 'accept-language': 'ja' })).body).toMatch(
      /<html lang="ja">(?:.|\n)*コマンドライン/,
    );
  });

  it('runs and fetches nothing for such a page', async () => {
    const { body, headers } = await get('/');
    const style = /<style>(.*)<\/style>/.exec(body)?.[1] ?? '';
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(body).not.toMatch(/<script|<link|<img|\bon\w+=|\bsrc=|\bhref=/);
  });

  it('does not use up the sign-in link it opens', async () => {
    const user = identity.users.create('hanako', false, 'system');
    const secret = identity.users.issueSignIn(user.id, 'system');
    await get(`/sign-in?${secret}`);
    const signedIn = await app.inject({
      method: 'POST',
      url: '/api/v1/session/sign-in',
      headers: { host: 'localhost' },
      payload: { secret },
    });
    expect(signedIn.json()).toMatchObject({ user: 'hanako' });
  });

  it('gets nothing of what it sends back as markup', async () => {
    const reply = await get(`/${encodeURIComponent('<script>')}/x/-/pipelines/1`);
    expect(reply.statusCode).toBe(404);
    expect(reply.body).not.toContain('script');
  });
});

it('a program at the same place is answered in JSON', async () => {
  const reply = await get('/', { accept: '*/*' });
  expect([reply.statusCode, reply.json()]).toMatchObject([404, { error: { code: 'core.not_found' } }]);
});
