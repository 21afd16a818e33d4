import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { run } from '../shared/subprocess.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-serve-'));
const home = path.join(dir, 'home');
mkdirSync(home);
const main = path.join(import.meta.dirname, 'main.ts');
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

function send(
  socketPath: string,
  at: string,
  body: Buffer | null,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    // A connection each: one kept from an earlier request would overtake those that still wait to be accepted.
    const options = { socketPath, path: at, method: body === null ? 'GET' : 'POST', agent: false };
    const sent = request(options, (reply) => {
      let text = '';
      reply.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function start(model: string, socket: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [main, '--model', model, '--listen', '0.0.0.0:1', '--listen', `unix:${socket}`, '--version', 'v1'],
    { env: { HOME: home }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  children.push(child);
  for (let left = 200; left > 0 && child.exitCode === null; left -= 1) {
    const ready = await send(socket, '/healthz', null).catch(() => null);
    if (ready?.status === 200) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the model server did not become healthy');
}

describe('the model server as a process', () => {
  it('serves on a socket for its owner only, leaves HOME empty, and lets running requests end', async () => {
    const socket = path.join(dir, 's');
    const child = await start(writeTinyModel(path.join(dir, 'model')), socket);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const picture = await sharp({ create: { width: 600, height: 600, channels: 3, background: '#eeeeee' } })
      .png()
      .toBuffer();
    expect((await send(socket, '/predict', picture)).status).toBe(200);
    const underWay = Array.from({ length: 12 }, () => send(socket, '/predict', picture));
    await underWay[0];
    // Connections are accepted in order: when this one is answered, the server has those before it.
    await send(socket, '/healthz', Buffer.alloc(0));
    const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));
    child.kill('SIGTERM');
    const replies = await Promise.all(underWay);
    expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await ended).toBe(0);
    expect(readdirSync(home)).toEqual([]);
  });

  it('ends at once with the reason where the model is broken', async () => {
    const model = writeTinyModel(path.join(dir, 'broken'));
    truncateSync(path.join(model, 'model.onnx'), 100);
    const socket = path.join(dir, 'never');
    const result = await run([process.execPath, main, '--model', model, '--listen', `unix:${socket}`], {
      env: { HOME: home, LANG: 'ja_JP.UTF-8' },
    });
    expect([result.code, existsSync(socket)]).toEqual([1, false]);
    expect(result.stderr).toContain('model.onnx を読み込めません');
  });
});
