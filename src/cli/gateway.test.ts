import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { gatewaySettings } from './gateway.ts';

const data = mkdtempSync(path.join(tmpdir(), 'seto-gw-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

it('started by its unit, listens as seto.yaml of the installation says', async () => {
  expect(await gatewaySettings({ data })).toEqual({
    listen: '127.0.0.1:7500',
    tls: null,
    isolation: undefined,
  });
  writeFileSync(
    path.join(data, 'seto.yaml'),
    'gateway: { listen: "0.0.0.0:8443" }\ntls: { cert: /c.pem, key: /k.pem }\nisolation: none\n',
  );
  expect(await gatewaySettings({ data })).toMatchObject({
    listen: '0.0.0.0:8443',
    tls: { cert: '/c.pem', key: '/k.pem' },
    isolation: 'none',
  });
  expect(await gatewaySettings({ data, listen: '127.0.0.1:1' })).toEqual({
    listen: '127.0.0.1:1',
    tls: null,
    isolation: undefined,
  });
});
