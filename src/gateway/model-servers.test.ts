import { appendFileSync, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { healthy, live, load, stage } from '../../test/support/gateway-stage.ts';

test('a model server killed under load is started again and no request fails', {
  timeout: 60_000,
}, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') });
  const stop = load(gateway.url, 4);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [server] = await link.servers();
  process.kill(server?.pid ?? 0, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { failed, sent } = await stop();
  expect(failed).toEqual([]);
  expect(sent).toBeGreaterThan(20);
  expect((await link.servers())[0]?.restarts).toBe(1);
});

const quickHealth = { answerMs: 1000, pauseMs: 200, pauseAfterMissMs: 100, misses: 3, startMs: 60_000 };

test('a model server that hangs is started again, with 503 meanwhile; a short stall ends nothing', {
  timeout: 60_000,
}, async () => {
  const { dir, gateway, link, spec, routes } = await stage(quickHealth);
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') });
  const ask = () => fetch(`${gateway.url}/e/inspection/predict`, { method: 'POST', body: Buffer.alloc(4) });
  const refused = async (): Promise<Response> => {
    for (let tries = 0; tries < 400; tries += 1) {
      const response = await Promise.race([
        ask(),
        new Promise<null>((resolve) => setTimeout(resolve, 100, null)),
      ]);
      if (response?.status === 503) return response;
    }
    throw new Error('no request was refused');
  };
  const [before] = await link.servers();
  process.kill(before?.pid ?? 0, 'SIGSTOP');
  await refused();
  process.kill(before?.pid ?? 0, 'SIGCONT');
  await healthy(link, 'rel-a');
  expect(await link.servers()).toMatchObject([{ pid: before?.pid, restarts: 0 }]);
  process.kill(before?.pid ?? 0, 'SIGSTOP');
  const underWay = ask();
  expect(await (await refused()).json()).toMatchObject({
    error: { code: 'endpoint.silent', retryable: true },
  });
  expect((await underWay).status).toBe(200);
  expect(await link.servers()).toMatchObject([{ restarts: 1, lastExit: 'no answer to 3 health checks' }]);
  expect((await ask()).status).toBe(200);
});

test('a model server that accepts and never becomes ready is started again', {
  timeout: 60_000,
}, async () => {
  const { link, spec } = await stage({ ...quickHealth, startMs: 300 });
  const mute = `require('node:net').createServer().listen(process.argv[1].slice(5))`;
  await link.startServer({ ...spec('a'), argv: [process.execPath, '-e', mute, 'unix:{socket}'] });
  for (let tries = 0; tries < 400 && (await link.servers())[0]?.restarts === 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect((await link.servers())[0]).toMatchObject({ healthy: false, lastExit: 'not ready after 0.3 s' });
});

test('the log of a model server that runs is set aside when it has grown', { timeout: 60_000 }, async () => {
  const { dir, link, spec } = await stage(quickHealth);
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  const log = path.join(dir, 'log/servers/rel-a.log');
  appendFileSync(log, Buffer.alloc(17 * 1024 * 1024, '.'));
  for (let tries = 0; tries < 400 && statSync(log).size > 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect([statSync(log).size, existsSync(`${log}.1`)]).toEqual([0, true]);
  expect((await link.servers())[0]).toMatchObject({ healthy: true, restarts: 0 });
});
