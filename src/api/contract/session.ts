import * as z from 'zod';
import { route } from './route.ts';

/** A job's OIDC token in exchange for a session that ends with its attempt. */
export const exchange = route({
  method: 'POST',
  path: '/api/v1/session/exchange',
  action: 'session.exchange',
  summary: 'Exchange a job’s ID token for a session that ends with the attempt',
  body: z.object({ idToken: z.string().min(1) }),
  reply: z.object({ token: z.string(), projectPath: z.string(), jobId: z.number().int() }),
});

/** A one-time sign-in secret in exchange for a token of the person. */
export const signIn = route({
  method: 'POST',
  path: '/api/v1/session/sign-in',
  action: 'session.sign_in',
  summary: 'Use up a sign-in link: a token in exchange',
  body: z.object({ secret: z.string().min(1), device: z.string().max(100).default('command line') }),
  reply: z.object({ token: z.string(), user: z.string(), admin: z.boolean() }),
});

/** Who the token speaks for. */
export const whoAmI = route({
  method: 'GET',
  path: '/api/v1/session',
  action: 'session.own',
  summary: 'Who the token speaks for',
  reply: z.object({
    kind: z.string(),
    name: z.string(),
    admin: z.boolean(),
    installationId: z.string(),
    version: z.string(),
  }),
});
