import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataServer, startDataServer } from '../../test/support/data-server.ts';
import { missingBlobs, sendBlobs, showDataset } from '../api/contract/datasets.ts';
import { SetoError } from '../shared/errors.ts';
import { frameHeader } from '../storage/framed-blobs.ts';
import { type PullRequest, pullFolder } from './pull.ts';
import { type PushRequest, pushFolder } from './push.ts';

let server: DataServer;
const base = mkdtempSync(path.join(tmpdir(), 'seto-push-'));
beforeAll(async () => {
  server = await startDataServer();
});
afterAll(async () => {
  await server.close();
  rmSync(base, { recursive: true, force: true });
});

let count = 0;
const folder = (files: Record<string, string | Buffer> = {}): string => {
  const dir = path.join(base, String(count++));
  mkdirSync(dir);
  write(dir, files);
  return dir;
};
const write = (dir: string, files: Record<string, string | Buffer>) => {
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), data);
  }
};
const push = (name: string, dir: string, more: Partial<PushRequest> = {}) =>
  pushFolder({ client: server.client, lang: 'en', name, dir, project: 'shop/parts', ...more });
const pull = (name: string, dir: string, more: Partial<PullRequest> = {}) =>
  pullFolder({ client: server.client, name, dir, snapshot: undefined, split: 'all', force: false, ...more });
const refusal = async (work: Promise<unknown>): Promise<{ code: string; list: string }> => {
  try {
    await work;
    return { code: 'none', list: '' };
  } catch (error) {
    if (!(error instanceof SetoError)) throw error;
    return { code: error.code, list: String(error.values['list'] ?? '') };
  }
};
const tree = (dir: string) =>
  (readdirSync(dir, { recursive: true }) as string[]).filter((name) => name.includes('.png')).sort();
const pictures = (from: number, to: number) =>
  Object.fromEntries(
    Array.from({ length: to - from }, (_, i) => [
      `${(from + i) % 3 === 0 ? 'defect' : 'good'}/part-${Math.floor((from + i) / 2)}-${i % 2}.png`,
      `picture ${from + i}`,
    ]),
  );

describe('push and pull', () => {
  it('give back what was pushed, and move only what is new', async () => {
    const big = Buffer.alloc(3_000_000, 'x');
    const dir = folder({ ...pictures(0, 20), 'good/big.png': big, 'notes.txt': 'about' });
    const first = await push('parts', dir);
    expect(first).toMatchObject({ files: 22, sentFiles: 22 });
    const again = await push('parts', dir);
    expect(again).toMatchObject({ snapshot: first.snapshot, sentFiles: 0 });
    const there = path.join(base, 'pulled');
    expect(await pull('parts', there)).toMatchObject({ fetchedFiles: 22, files: 22 });
    expect(tree(there)).toEqual(tree(dir));
    expect(readFileSync(path.join(there, 'good/big.png')).equals(big)).toBe(true);
    expect(await pull('parts', there)).toMatchObject({ fetchedFiles: 0, removedFiles: 0 });
    expect((await push('parts', there)).snapshot).toBe(first.snapshot);
  });

  it('are named after whoever pushed; a folder without a file makes none', async () => {
    await push('named', folder({ 'good/a.png': 'one' }));
    const { all } = await server.client.call(showDataset, { params: { dataset: 'named' } });
    expect(all).toMatchObject([{ actor: expect.stringMatching(/^user:\d+$/), actorName: 'hanako' }]);
    const empty = folder({ 'groups.csv': 'path,group\n', '.hidden/a.png': 'x' });
    expect((await refusal(push('nothing', empty))).code).toBe('data.empty');
    const left = server.client.call(showDataset, { params: { dataset: 'nothing' } });
    await expect(left).rejects.toMatchObject({ code: 'data.unknown' });
  });

  it('have an id that is the manifest’s digest', async () => {
    const dir = folder({ 'b/x.png': 'two', 'a/x.png': 'one' });
    const digest = (text: string) => createHash('sha256').update(text).digest('hex');
    const { snapshot } = await push('two', dir);
    const one = digest('one');
    const two = digest('two');
    expect(snapshot).toBe(digest(`${one} 3 ${one} a/x.png\n${two} 3 ${two} b/x.png\n`));
  });

  it('tell how many files of label folders nobody will read as pictures', async () => {
    const dir = folder({ 'good/a.webp': 'w', 'good/b.TIF': 't', 'bad/Thumbs.db': 'd', 'readme.txt': 'r' });
    expect((await push('others', dir)).otherFiles).toBe(2);
  });

  it('keep parts together: groups.csv before --group before content; pull then push is the same', async () => {
    const dir = folder({ ...pictures(0, 12), 'groups.csv': 'path,group\nno comma here\n' });
    expect((await refusal(push('grouped', dir))).list).toContain('line 2');
    const named = 'path,group\ngood/part-0-1.png,named\n';
    writeFileSync(path.join(dir, 'groups.csv'), `${named}good/part-0-1.png,other\n`);
    expect((await refusal(push('grouped', dir))).list).toContain('line 3');
    writeFileSync(path.join(dir, 'groups.csv'), `${named}part-1,good/part-1-0.png\n`);
    const { snapshot, strayGroups } = await push('grouped', dir, { groupPattern: 'part-([0-9]+)' });
    expect(strayGroups).toBe(1);
    const there = folder();
    await pull('grouped', there);
    const csv = readFileSync(path.join(there, 'groups.csv'), 'utf8');
    expect(csv).toContain('good/part-0-1.png,named\n');
    expect(csv).toContain('good/part-1-0.png,1\n');
    expect((await push('grouped', there)).snapshot).toBe(snapshot);
    const train = folder();
    const test = folder();
    const sides = [
      await pull('grouped', train, { split: 'train' }),
      await pull('grouped', test, { split: 'test' }),
    ];
    expect(sides.reduce((sum, { files }) => sum + files, 0)).toBe(12);
    const parts = (at: string) => new Set(tree(at).map((name) => /part-(\d+)/.exec(name)?.[1]));
    expect([...parts(train)].filter((part) => parts(test).has(part) && part !== '0')).toEqual([]);
  });

  it('refuse what cannot be part of a data set, with the whole list, and change nothing', async () => {
    const dir = folder({ 'good/a.png': 'same', 'defect/a.png': 'same', 'good/A.png': 'other' });
    symlinkSync('/etc/passwd', path.join(dir, 'good/link.png'));
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/good/`), Buffer.from([0xff])]), 'x');
    writeFileSync(path.join(dir, 'good/bell\u0007.png'), 'bell');
    write(dir, { 'good/u\u0308.png': 'one', 'good/\u00fc.png': 'two' });
    const { code, list } = await refusal(push('wrong', dir));
    expect(code).toBe('data.refused');
    for (const words of [
      'link.png: a symbolic link',
      'not UTF-8',
      'control character',
      'two',
      'only in case',
    ])
      expect(list).toContain(words === 'two' ? 'same picture' : words);
    expect(list).toContain('\\x07');
    const left = server.client.call(showDataset, { params: { dataset: 'wrong' } });
    await expect(left).rejects.toMatchObject({ code: 'data.unknown' });
  });

  it('stop at a file changed here, and go on with force', async () => {
    const dir = folder(pictures(20, 26));
    await push('mine', dir);
    const there = folder();
    await pull('mine', there);
    const [name = ''] = tree(there);
    writeFileSync(path.join(there, name), 'my change');
    write(there, { 'good/mine.png': 'mine' });
    expect(await refusal(pull('mine', there))).toMatchObject({
      code: 'data.changed_locally',
      list: `  ${name}`,
    });
    expect(readFileSync(path.join(there, name), 'utf8')).toBe('my change');
    expect(await pull('mine', there, { force: true })).toMatchObject({ fetchedFiles: 1 });
    expect(readFileSync(path.join(there, 'good/mine.png'), 'utf8')).toBe('mine');
    utimesSync(path.join(there, name), 1, 1);
    expect(await pull('mine', there)).toMatchObject({ fetchedFiles: 0 });
  });

  it('take away what an earlier pull wrote, but nothing else', async () => {
    const dir = folder({ 'good/a.png': 'a', 'good/b.png': 'b', 'old/c.png': 'c', 'old/d.png': 'd' });
    await push('shrinking', dir);
    const there = folder();
    await pull('shrinking', there);
    write(there, { 'good/mine.png': 'mine', 'old/d.png': 'changed here' });
    rmSync(path.join(dir, 'old'), { recursive: true });
    writeFileSync(path.join(dir, 'good/a.png'), 'a, newer');
    await push('shrinking', dir);
    expect(await pull('shrinking', there)).toMatchObject({ removedFiles: 1, fetchedFiles: 1, keptFiles: 1 });
    expect(tree(there)).toEqual(['good/a.png', 'good/b.png', 'good/mine.png', 'old/d.png']);
    expect(readFileSync(path.join(there, 'good/a.png'), 'utf8')).toBe('a, newer');
  });

  it('never write through a link', async () => {
    await push('links', folder({ 'good/a.png': 'a' }));
    const outside = folder();
    const there = folder();
    symlinkSync(outside, path.join(there, 'good'));
    expect((await refusal(pull('links', there))).code).toBe('data.changed_locally');
    await pull('links', there, { force: true });
    expect(existsSync(path.join(outside, 'a.png'))).toBe(false);
    expect(readFileSync(path.join(there, 'good/a.png'), 'utf8')).toBe('a');
  });

  it('go on after a push that broke off', async () => {
    const dir = folder(pictures(30, 40));
    const asked: number[] = [];
    const breaking = {
      ...server.client,
      call: (async (route: { path: string }, input: never) => {
        if (route.path.includes('/snapshots/')) throw new Error('the line broke');
        return server.client.call(route as never, input);
      }) as typeof server.client.call,
    };
    await expect(push('resumed', dir, { client: breaking })).rejects.toThrow('broke');
    const { sentFiles } = await push('resumed', dir, {
      onProgress: (phase, done) => void (phase === 'sending' && asked.push(done)),
    });
    expect([sentFiles, asked]).toEqual([0, []]);
  });

  it('read a snapshot by a piece of its id, and say when there is none', async () => {
    const dir = folder({ 'good/a.png': 'first' });
    const first = await push('versions', dir);
    writeFileSync(path.join(dir, 'good/a.png'), 'second');
    await push('versions', dir);
    const there = folder();
    await pull('versions', there, { snapshot: first.snapshot.slice(0, 12) });
    expect(readFileSync(path.join(there, 'good/a.png'), 'utf8')).toBe('first');
    expect((await refusal(pull('versions', there, { snapshot: 'ffff0000' }))).code).toBe('data.no_snapshot');
    expect((await refusal(pull('nothing', there))).code).toBe('data.unknown');
  });
});

describe('the server', () => {
  const params = { dataset: 'strict' };
  const digest = createHash('sha256').update('hello').digest('hex');

  it('takes no bytes that are not what they say, and no half batch', async () => {
    await push('strict', folder({ 'a/a.png': 'a' }));
    const send = (body: Buffer) => refusal(server.client.call(sendBlobs, { params, body }));
    const whole = Buffer.concat([frameHeader(digest, 5), Buffer.from('hello')]);
    expect((await send(Buffer.concat([frameHeader(digest, 5), Buffer.from('jello')]))).code).toBe(
      'storage.mismatch',
    );
    expect((await send(whole.subarray(0, -1))).code).toBe('data.bad_frame');
    expect((await send(Buffer.alloc(500, 'x'))).code).toBe('data.bad_frame');
    const ask = () => server.client.call(missingBlobs, { params, body: { digests: [digest] } });
    expect((await ask()).missing).toEqual([digest]);
    await server.client.call(sendBlobs, {
      params,
      body: Readable.from([whole.subarray(0, 50), whole.subarray(50)]),
    });
    expect((await ask()).missing).toEqual([]);
  });

  it('shows a content to no other project, though the bytes are there', async () => {
    const other = server.identity.projects.create('shop/other', 1, 'system');
    server.datasets.ensure({ name: 'theirs', projectId: other.id }, 'system');
    const answer = await server.client.call(missingBlobs, {
      params: { dataset: 'theirs' },
      body: { digests: [digest] },
    });
    expect(answer.missing).toEqual([digest]);
  });

  it('pins what a pipeline reads, records it, and follows a pin set for it', async () => {
    const dir = folder({ 'good/a.png': 'pinned' });
    const first = await push('pinned', dir);
    const job = (jobId: number, pipelineId: number) =>
      server.clientOf({
        kind: 'job',
        jobId,
        projectId: server.projectId,
        pipelineId,
        userId: 1,
        ref: 'main',
        protectedRef: true,
        site: 'cloud',
        nodeId: null,
      });
    await pull('pinned', folder(), { client: job(1, 7) });
    writeFileSync(path.join(dir, 'good/a.png'), 'newer');
    const second = await push('pinned', dir);
    expect((await pull('pinned', folder(), { client: job(2, 7) })).snapshot).toBe(first.snapshot);
    expect((await pull('pinned', folder(), { client: job(3, 8) })).snapshot).toBe(second.snapshot);
    server.datasets.pinSnapshot(9, 'pinned', first.snapshot);
    expect((await pull('pinned', folder(), { client: job(4, 9) })).snapshot).toBe(first.snapshot);
    const { after } = server.lineage.trace(`snapshot:${first.snapshot}`);
    expect(
      after
        .filter(({ relation, distance }) => relation === 'read all of' && distance === 1)
        .map(({ subject }) => subject)
        .sort(),
    ).toEqual(['job:1', 'job:2', 'job:4']);
    const { code } = await refusal(push('pinned', dir, { client: job(5, 9) }));
    expect(code).toBe('access.refused');
  });

  it('collects only what nothing refers to and nobody asked for within a day', async () => {
    const dir = folder({ 'good/a.png': 'kept content', 'good/b.png': 'lost content' });
    const kept = await push('collected', dir);
    renameSync(path.join(dir, 'good/b.png'), path.join(dir, 'good/c.png'));
    const sha256 = createHash('sha256').update('never named').digest('hex');
    await server.client.call(sendBlobs, {
      params,
      body: Buffer.concat([frameHeader(sha256, 11), Buffer.from('never named')]),
    });
    server.clock.advance(23 * 3_600_000);
    expect((await server.blobs.collect()).blobs).toBe(0);
    server.clock.advance(2 * 3_600_000);
    expect((await server.blobs.collect()).blobs).toBeGreaterThan(0);
    expect(server.blobs.sizeOf(server.projectId, sha256)).toBeNull();
    expect((await pull('collected', folder(), { snapshot: kept.snapshot })).fetchedFiles).toBe(2);
    server.datasets.remove(server.datasets.find('collected'), 'system');
    expect((await server.blobs.collect()).blobs).toBe(3);
  });

  it('grows a snapshot by feedback: new ones added, known ones moved, groups kept', async () => {
    const dir = folder({
      'good/a.png': 'wrongly good',
      'good/b.png': 'fine',
      'defect/c.png': 'bad',
      'groups.csv': 'path,group\ngood/a.png,part-1\n',
    });
    const { snapshot } = await push('grown', dir);
    const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
    const add = (text: string, name: string, label: string, group: string | null) => ({
      sha256: digestOf(text),
      size: text.length,
      path: name,
      label,
      group,
    });
    const fresh = 'a new picture';
    await server.blobs.add(server.projectId, Readable.from([Buffer.from(fresh)]), {
      sha256: digestOf(fresh),
    });
    const request = { name: 'grown', base: null, actor: 'user:1' };
    const grown = await server.datasets.append({
      ...request,
      additions: [
        add('wrongly good', 'x.png', 'defect', null),
        add(fresh, 'b.png', 'good', 'part-9'),
        add('fine', 'y.png', 'good', null),
      ],
    });
    const entries = (
      await Array.fromAsync(server.datasets.entries(server.datasets.find('grown'), grown))
    ).flat();
    expect(entries.map(({ path: where, group }) => [where, group.length > 20 ? 'content' : group])).toEqual([
      ['defect/c.png', 'content'],
      ['defect/x.png', 'part-1'],
      [`good/b-${digestOf(fresh).slice(0, 12)}.png`, 'part-9'],
      ['good/b.png', 'content'],
    ]);
    expect(grown).not.toBe(snapshot);
    expect(
      await server.datasets.append({ ...request, additions: [add(fresh, 'b.png', 'good', 'part-9')] }),
    ).toBe(grown);
    const unknown = { ...add('x', 'z.png', 'good', null), sha256: 'f'.repeat(64) };
    expect((await refusal(server.datasets.append({ ...request, additions: [unknown] }))).code).toBe(
      'data.blob_missing',
    );
  });
});
