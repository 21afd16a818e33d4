import * as z from 'zod';
import { route } from './route.ts';

const projectParams = z.object({ group: z.string(), name: z.string() });
const keyParams = projectParams.extend({ key: z.string() });

/** A CI variable without its value, which no one gets to see again. */
const variable = z.object({
  key: z.string(),
  masked: z.boolean(),
  protected: z.boolean(),
  file: z.boolean(),
  raw: z.boolean(),
});

export const setVariable = route({
  method: 'PUT',
  path: '/api/v1/projects/:group/:name/variables/:key',
  action: 'variable.manage',
  summary: 'Set a CI variable of a project',
  params: keyParams,
  body: z.object({
    value: z.string().max(64 * 1024),
    masked: z.boolean().default(false),
    protected: z.boolean().default(false),
    file: z.boolean().default(false),
    raw: z.boolean().default(false),
  }),
  reply: variable,
});

export const listVariables = route({
  method: 'GET',
  path: '/api/v1/projects/:group/:name/variables',
  action: 'variable.manage',
  summary: 'The CI variables of a project, without values',
  params: projectParams,
  reply: z.array(variable),
});

export const removeVariable = route({
  method: 'DELETE',
  path: '/api/v1/projects/:group/:name/variables/:key',
  action: 'variable.manage',
  summary: 'Remove a CI variable',
  params: keyParams,
});
