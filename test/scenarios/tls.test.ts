import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { status } from '../../src/api/contract/platform.ts';
import { signIn } from '../../src/api/contract/session.ts';
import { createClient } from '../../src/client/client.ts';
import { loadConfig } from '../../src/server/config.ts';
import { type Platform, startPlatform } from '../../src/server/platform.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { createOutbound } from '../../src/shared/outbound.ts';
import { run } from '../../src/shared/subprocess.ts';
import { need } from '../support/need.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-tls-'));
let platform: Platform | null = null;
afterAll(async () => {
  await platform?.down();
  await platform?.ended;
  rmSync(dir, { recursive: true, force: true });
});

describe('with a certificate of the company’s own', () => {
  it('people, nodes and endpoints speak TLS', async (context) => {
    const openssl = await run(['openssl', 'version']).catch(() => null);
    need(context, openssl !== null, 'openssl makes the certificate', true);
    const at = (name: string) => path.join(dir, name);
    const made = await run([
      ...(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] as const),
      ...['-nodes', '-keyout', at('key.pem'), '-out', at('cert.pem'), '-days', '2', '-subj', '/CN=seto'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1'],
    ]);
    expect(made.code, made.stderr).toBe(0);
    writeFileSync(
      at('seto.yaml'),
      `listen: 127.0.0.1:0
gateway: { listen: "127.0.0.1:0" }
link: { port: 0 }
tls: { cert: ${at('cert.pem')}, key: ${at('key.pem')}, ca: ${at('cert.pem')} }
`,
    );
    platform = await startPlatform({
      dataDir: at('data'),
      config: loadConfig(at('seto.yaml')),
      env: process.env,
    });
    expect([platform.url, platform.linkUrl, platform.gatewayUrl].map((url) => new URL(url).protocol)).toEqual(
      ['https:', 'https:', 'https:'],
    );
    const ca = readFileSync(at('cert.pem'), 'utf8');
    const guest = createClient({ url: platform.url, ca });
    const secret = new URL(platform.signInUrl()).hash.slice(1);
    const { token } = await guest.call(signIn, { body: { secret, device: 'test' } });
    const client = createClient({ url: platform.url, token, ca });
    const gateway = createOutbound({ allow: [platform.gatewayUrl], ca });
    const health = await gateway.request(`${platform.gatewayUrl}/healthz`);
    expect([health.status, await health.body.text()]).toEqual([200, 'ok\n']);
    const nodeUp = async () => (await client.call(status)).nodes.some(({ state }) => state === 'up');
    for (let tries = 0; tries < 200 && !(await nodeUp()); tries += 1) await systemClock.sleep(100);
    expect(await nodeUp()).toBe(true);
    await Promise.all([guest.close(), client.close(), gateway.close()]);
  }, 60_000);
});
