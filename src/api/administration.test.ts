import { beforeEach, expect, it } from 'vitest';
import { createIdentity, type Identity } from '../identity/identity.ts';
import { systemClock } from '../shared/clock.ts';
import { silentLog } from '../shared/log.ts';
import { openMigrated } from '../store/migrations.ts';
import { projectHandlers } from './projects.ts';
import { createApi } from './server.ts';
import { userHandlers } from './users.ts';

let identity: Identity;
let now: number;
let ask: (
  token: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object,
  headers?: Record<string, string>,
) => Promise<{ status: number; body: unknown }>;
let admin: string;
let maintainer: string;
let developer: string;

beforeEach(async () => {
  now = Date.now();
  const clock = { ...systemClock, now: () => now };
  identity = createIdentity(openMigrated(':memory:'), clock);
  const url = () => 'http://127.0.0.1:7480';
  const app = createApi(
    'main',
    [
      ...userHandlers({ identity, url, clock }),
      ...projectHandlers({ identity, clock, url, createRepository: async () => undefined }),
    ],
    { identity, log: silentLog, hosts: () => [] },
  );
  const person = (name: string, isAdmin: boolean) => identity.users.create(name, isAdmin, 'system');
  const tokenOf = (userId: number) => identity.users.issueToken({ userId }, 'laptop', 'system');
  admin = tokenOf(person('root', true).id);
  const owner = person('hanako', false);
  maintainer = tokenOf(owner.id);
  const taro = person('taro', false);
  developer = tokenOf(taro.id);
  const project = identity.projects.create('line/parts', owner.id, 'system');
  identity.projects.create('line/other', owner.id, 'system');
  identity.projects.setMember(project.id, taro.id, 'developer', 'system');
  ask = async (token, method, path, payload, headers) => {
    const reply = await app.inject({
      method,
      url: path,
      headers: { host: 'localhost', authorization: `Bearer ${token}`, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: reply.statusCode, body: reply.body === '' ? null : reply.json() };
  };
});

const project = '/api/v1/projects/line/parts';
const shown = async () =>
  ((await ask(maintainer, 'GET', project)).body as { protectedRefs: string[] }).protectedRefs;
const listed = async (token: string, url: string) =>
  (await ask(token, 'GET', url)).body as { id: string; name: string }[];
const isProtected = (ref: string) => identity.isProtected(identity.projectByPath('line/parts')?.id ?? 0, ref);

it('a maintainer protects branches and tags by name or pattern, and ends it', async () => {
  expect(isProtected('release/2')).toBe(false);
  const pattern = `${project}/protected-refs/${encodeURIComponent('release/*')}`;
  expect((await ask(developer, 'PUT', pattern)).status).toBe(403);
  expect((await ask(maintainer, 'PUT', pattern)).status).toBe(200);
  expect((await ask(maintainer, 'PUT', `${project}/protected-refs/v1.0`)).status).toBe(200);
  expect(await shown()).toEqual(['main', 'release/*', 'v1.0']);
  expect(['release/2', 'v1.0', 'v1.1', 'release'].map(isProtected)).toEqual([true, true, false, false]);
  expect((await ask(maintainer, 'DELETE', pattern)).status).toBe(200);
  expect((await ask(maintainer, 'DELETE', pattern)).status).toBe(404);
  expect(isProtected('release/2')).toBe(false);
});

it('the default branch stays protected, and a name that git cannot have protects nothing', async () => {
  expect((await ask(maintainer, 'DELETE', `${project}/protected-refs/main`)).status).toBe(409);
  for (const ref of ['refs/heads/release', 'a b', 'a..b', '/a', 'a/', 'a//b', 'a~1', 'a\\b', 'a\u0007'])
    expect([
      ref,
      (await ask(maintainer, 'PUT', `${project}/protected-refs/${encodeURIComponent(ref)}`)).status,
    ]).toEqual([ref, 400]);
  expect(await shown()).toEqual(['main']);
});

it('a token of a person is listed by id and dies when it is taken back', async () => {
  const tokens = '/api/v1/users/taro/tokens';
  const [laptop] = await listed(admin, tokens);
  expect(laptop).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
    name: 'laptop',
    role: null,
    createdAt: now,
    expiresAt: null,
  });
  expect((await ask(developer, 'GET', tokens)).status).toBe(403);
  expect((await ask(admin, 'DELETE', `/api/v1/users/hanako/tokens/${laptop?.id}`)).status).toBe(404);
  expect((await ask(developer, 'GET', project)).status).toBe(200);
  expect((await ask(admin, 'DELETE', `${tokens}/${laptop?.id}`)).status).toBe(200);
  expect((await ask(developer, 'GET', project)).status).toBe(401);
});

it('a token of a project is listed by its maintainers, ends after its days, and dies when it is taken back', async () => {
  const tokens = `${project}/tokens`;
  const make = async (name: string, days?: number) =>
    ((await ask(maintainer, 'POST', tokens, { name, role: 'viewer', days })).body as { token: string }).token;
  const short = await make('mirror', 7);
  const long = await make('board');
  const all = await listed(maintainer, tokens);
  const one = (name: string) => all.find((each) => each.name === name);
  expect(one('mirror')).toMatchObject({ role: 'viewer', expiresAt: now + 7 * 86_400_000 });
  expect(one('board')).toMatchObject({ expiresAt: null });
  expect((await ask(developer, 'GET', tokens)).status).toBe(403);
  now += 8 * 86_400_000;
  expect((await ask(short, 'GET', project)).status).toBe(401);
  expect((await ask(long, 'GET', project)).status).toBe(200);
  const board = one('board');
  expect((await ask(maintainer, 'DELETE', `/api/v1/projects/line/other/tokens/${board?.id}`)).status).toBe(
    404,
  );
  expect((await ask(maintainer, 'DELETE', `${tokens}/${board?.id}`)).status).toBe(200);
  expect((await ask(long, 'GET', project)).status).toBe(401);
});

it('what is wrong with a request is told in the language of who asks', async () => {
  const sent = { name: '', role: 'boss', days: 1.5 };
  const asked = async (language: string) =>
    (
      (await ask(maintainer, 'POST', `${project}/tokens`, sent, { 'accept-language': language })).body as {
        error: { message: string };
      }
    ).error.message;
  const roles = 'viewer, labeller, developer, maintainer';
  expect(await asked('en')).toBe(
    `The request is not valid: body.name: must not be empty; body.role: expected one of ${roles}; body.days: expected a whole number`,
  );
  expect(await asked('ja,en;q=0.5')).toBe(
    `要求が正しくありません: body.name: 空にはできません; body.role: ${roles} のいずれかを指定してください; body.days: 整数を指定してください`,
  );
  const nobody = await ask(admin, 'GET', '/api/v1/users/nobody/tokens', undefined, {
    'accept-language': 'ja',
  });
  expect(nobody.body).toMatchObject({ error: { message: '利用者 nobody はありません。' } });
  const refused = await ask(developer, 'GET', `${project}/tokens`, undefined, { 'accept-language': 'ja' });
  expect(refused.body).toMatchObject({
    error: {
      message:
        'taro にはこの操作 (project.manage) の権限がありません。必要なもの: プロジェクトでの役割 maintainer。',
    },
  });
});
