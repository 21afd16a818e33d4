import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import * as z from 'zod';
import { gatewayPaths, runGateway } from '../gateway/main.ts';
import { detectSandbox } from '../sandbox/detect.ts';
import { splitAddress } from '../server/address.ts';
import { fault } from '../shared/errors.ts';
import { closeInherited } from '../shared/inherited.ts';
import { version } from '../shared/version.ts';
import type { Cli } from './cli.ts';

export interface GatewayRun {
  data: string;
  installation?: string;
  listen?: string;
  isolation?: string;
  tlsCert?: string;
  tlsKey?: string;
}

/** `seto gateway run`: the gateway process; `seto up` starts it, and a systemd unit may. */
export function register(program: Command, cli: Cli): void {
  program
    .command('gateway')
    .description('The gateway process (started by `seto up`, or by its own systemd unit)')
    .command('run')
    .requiredOption('--data <dir>', 'data folder')
    .option('--installation <id>', 'whose gateway it is (default: what the last routing file says)')
    .option(
      '--listen <addr>',
      'ADDR:PORT (default: address, certificate and isolation are what seto.yaml in the data folder says)',
    )
    .option('--isolation <how>', 'bubblewrap or none')
    .option('--tls-cert <file>', 'certificate chain, PEM; plain HTTP without it')
    .option('--tls-key <file>', 'its key, PEM')
    .addHelpText('after', '\nExample:\n  seto gateway run --data /var/lib/seto')
    .action(async (options: GatewayRun) => {
      closeInherited();
      const { listen, tls, isolation } = await gatewaySettings(options);
      const gateway = await runGateway({
        dataDir: options.data,
        installationId: options.installation ?? lastInstallation(options.data),
        version,
        listen: splitAddress(listen, 7500),
        tls: tls === null ? null : { cert: readFileSync(tls.cert), key: readFileSync(tls.key) },
        sandbox: await detectSandbox(isolation === 'none' ? { isolation } : {}),
      });
      cli.signal.addEventListener('abort', () => void gateway.close(), { once: true });
      await gateway.ended;
    });
}

/** `seto up` says everything; who does not say where to listen means what the installation's seto.yaml says. */
export async function gatewaySettings({ data, listen, tlsCert, tlsKey, isolation }: GatewayRun): Promise<{
  listen: string;
  tls: { cert: string; key: string } | null;
  isolation: string | undefined;
}> {
  const tls = tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey } : null;
  if (listen !== undefined) return { listen, tls, isolation };
  const { configFile, loadConfig } = await import('../server/config.ts');
  const config = loadConfig(configFile(undefined, data), { dataDir: data });
  return {
    listen: config.gateway.listen,
    tls: tls ?? config.tls ?? null,
    isolation: isolation ?? config.isolation,
  };
}

const routesSchema = z.looseObject({ installationId: z.string() });

/** Whose routing file lies in the data folder. @throws core.not_found before the first `seto up` */
function lastInstallation(dataDir: string): string {
  const { routes } = gatewayPaths(dataDir);
  if (!existsSync(routes)) throw fault('core.not_found', { what: `${routes} (run \`seto up\` once)` });
  return routesSchema.parse(JSON.parse(readFileSync(routes, 'utf8'))).installationId;
}
