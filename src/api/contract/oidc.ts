import * as z from 'zod';
import { route } from './route.ts';

/** OpenID Connect Discovery 1.0, for whoever checks the ID tokens of jobs. */
export const openidConfiguration = route({
  method: 'GET',
  path: '/.well-known/openid-configuration',
  action: 'health.read',
  summary: 'OpenID Connect: where the keys of job tokens are',
  reply: z.looseObject({ issuer: z.string(), jwks_uri: z.string() }),
});

export const openidKeys = route({
  method: 'GET',
  path: '/oauth/discovery/keys',
  action: 'health.read',
  summary: 'OpenID Connect: the public keys of job tokens (RFC 7517)',
  reply: z.object({ keys: z.array(z.looseObject({})) }),
});
