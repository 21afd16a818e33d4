import * as z from 'zod';
import { route } from './route.ts';
import { lifeDays, tokenSchema } from './tokens.ts';

const user = z.object({ id: z.number().int(), name: z.string(), admin: z.boolean() });
const named = z.object({ name: z.string() });

export const listUsers = route({
  method: 'GET',
  path: '/api/v1/users',
  action: 'user.manage',
  summary: 'Everyone who may sign in',
  reply: z.array(user),
});

export const createUser = route({
  method: 'POST',
  path: '/api/v1/users',
  action: 'user.manage',
  summary: 'Add a person; the sign-in link works once, for 15 minutes',
  body: z.object({ name: z.string(), admin: z.boolean().default(false) }),
  reply: user.extend({ signInUrl: z.string() }),
  status: 201,
});

export const removeUser = route({
  method: 'DELETE',
  path: '/api/v1/users/:name',
  action: 'user.manage',
  summary: 'Remove a person; their tokens die at once',
  params: named,
});

export const issueUserToken = route({
  method: 'POST',
  path: '/api/v1/users/:name/tokens',
  action: 'user.manage',
  summary: 'A token that speaks for the person; shown once',
  params: named,
  body: z.object({ label: z.string().min(1).max(100), days: lifeDays }),
  reply: z.object({ token: z.string() }),
});

export const listUserTokens = route({
  method: 'GET',
  path: '/api/v1/users/:name/tokens',
  action: 'user.manage',
  summary: 'The tokens of a person, by id',
  params: named,
  reply: z.array(tokenSchema),
});

export const revokeUserToken = route({
  method: 'DELETE',
  path: '/api/v1/users/:name/tokens/:id',
  action: 'user.manage',
  summary: 'Take a token of a person back; it dies at once',
  params: named.extend({ id: z.string() }),
});
