import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readBody } from './read-body.ts';

const megabyte = 1024 * 1024;

/** A request whose body comes when the test writes it. */
function request(announced?: number): PassThrough & IncomingMessage {
  const headers = announced === undefined ? {} : { 'content-length': String(announced) };
  return Object.assign(new PassThrough(), { headers }) as unknown as PassThrough & IncomingMessage;
}

test('bodies that are announced and still on their way count against the room for all', async () => {
  const slow = Array.from({ length: 25 }, () => request(20 * megabyte));
  const reading = slow.map((each) => readBody(each, 20 * megabyte));
  await expect(readBody(request(20 * megabyte), 20 * megabyte)).rejects.toThrow(
    expect.objectContaining({ code: 'endpoint.busy' }),
  );
  for (const each of slow) each.destroy(new Error('gone'));
  expect((await Promise.allSettled(reading)).every(({ status }) => status === 'rejected')).toBe(true);
  const next = request(3);
  next.end('abc');
  const { bytes, release } = await readBody(next, 20 * megabyte);
  expect(bytes.toString()).toBe('abc');
  release();
});

test('a body that announces nothing counts as it comes', async () => {
  const held = await Promise.all(
    Array.from({ length: 25 }, () => {
      const each = request();
      each.end(Buffer.alloc(20 * megabyte));
      return readBody(each, 20 * megabyte);
    }),
  );
  const late = request();
  late.end(Buffer.alloc(20 * megabyte));
  await expect(readBody(late, 20 * megabyte)).rejects.toThrow(
    expect.objectContaining({ code: 'endpoint.busy' }),
  );
  for (const { release } of held) release();
  const next = request();
  next.end(Buffer.alloc(20 * megabyte));
  (await readBody(next, 20 * megabyte)).release();
});
