import { chmodSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fault } from '../shared/errors.ts';
import { createLog } from '../shared/log.ts';
import { loadHooks } from './hooks.ts';
import { createModelServer } from './server.ts';
import { openModel } from './session.ts';

/**
 * The model server, as main.ts starts it:
 * `--model DIR [--serve DIR] [--listen unix:PATH|HOST:PORT] [--version ID]`.
 * SIGTERM lets running requests end (30 s at most), a second one does not.
 */
export async function serve(args: readonly string[]): Promise<void> {
  const log = createLog('serving');
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string', default: process.env['SETO_MODEL'] ?? '/model' },
      serve: { type: 'string' },
      listen: { type: 'string', default: '0.0.0.0:8080' },
      version: { type: 'string', default: process.env['SETO_MODEL_DIGEST'] ?? 'unversioned' },
      threads: { type: 'string', default: '1' },
    },
  });
  const model = await openModel(values.model, { threads: Math.max(1, Number(values.threads) || 1) });
  const hooks = await loadHooks(values.serve ?? null);
  const server = createModelServer({ model, hooks, version: values.version, log });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(addressOf(values.listen), resolve);
  });
  if (values.listen.startsWith('unix:')) chmodSync(values.listen.slice(5), 0o600);
  log.info({ model: model.manifest.name, version: values.version, listen: values.listen }, 'serving');
  let ending = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (ending) process.exit(1);
      ending = true;
      server.close(() => process.exit(0));
      server.closeIdleConnections();
      setTimeout(() => process.exit(1), 30_000).unref();
    });
}

/** `unix:PATH`, `HOST:PORT`, `[IPv6]:PORT`. A socket file left by an ended server is removed first. */
function addressOf(listen: string): { path: string } | { host: string; port: number } {
  if (listen.startsWith('unix:')) {
    const path = listen.slice(5);
    rmSync(path, { force: true });
    return { path };
  }
  const match = /^\[?([^\]]*?)\]?:(\d+)$/.exec(listen);
  if (match === null) throw fault('core.usage', { what: `--listen ${listen}`, command: 'seto serve' });
  return { host: match[1] || '0.0.0.0', port: Number(match[2]) };
}
