import type { EmbeddedForge } from '../forge/embedded/embedded-forge.ts';
import { openidConfiguration, openidKeys } from './contract/oidc.ts';
import { type Handler, handle } from './handle.ts';

/** What others need to check the ID tokens of jobs. */
export function oidcHandlers({ forge }: { forge: EmbeddedForge }): Handler[] {
  return [
    handle(openidConfiguration, () => {
      const issuer = forge.context.url();
      return {
        issuer,
        jwks_uri: `${issuer}/oauth/discovery/keys`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      };
    }),
    handle(openidKeys, async () => {
      const { keys } = await forge.idTokens.jwks();
      return { keys: keys.map((key) => ({ ...key })) };
    }),
  ];
}
