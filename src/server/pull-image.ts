import type { PulledImage } from '../deployments/targets/process-target.ts';
import { registryClient } from '../images/registry-client.ts';
import { readImage } from '../images/sources/read-image.ts';
import { createOutbound } from '../shared/outbound.ts';

/**
 * Pulls `HOST/REPOSITORY@sha256:…` over the registry's HTTP face, as any registry client does; the layers' bytes are
 * fetched when the target opens them.
 */
export async function pullImage(
  registry: { url: string; token: string; ca: string | null },
  reference: string,
): Promise<PulledImage> {
  const [name = '', digest = ''] = reference.split('@');
  const repository = name.slice(name.indexOf('/') + 1);
  const client = registryClient({
    outbound: createOutbound({ allow: [registry.url], ca: registry.ca, env: {} }),
    url: registry.url,
    repository,
    authorization: `Bearer ${registry.token}`,
  });
  const image = await readImage(client, digest);
  const { Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' } = image.config.config;
  return {
    digest: image.digest,
    entrypoint: Entrypoint,
    cmd: Cmd,
    env: Env,
    workingDir: WorkingDir,
    layers: image.layers.map(({ descriptor, open }) => ({
      digest: descriptor.digest,
      open: async () => open(),
    })),
  };
}
