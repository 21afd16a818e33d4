import * as z from 'zod';
import { route } from './route.ts';
import { lifeDays, tokenSchema } from './tokens.ts';

export const projectSchema = z.object({
  id: z.number().int(),
  path: z.string(),
  defaultBranch: z.string(),
  gitUrl: z.string(),
});

/** What git takes as a branch (git-check-ref-format(1)), a little stricter. */
const branchName = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(?:\.\.|\/[./]|[./]$|\.lock(?:\/|$)))[\p{L}\p{N}_][\p{L}\p{M}\p{N}._/-]*$/u,
    'not a branch name: letters, digits and `_` `-` `.` `/`',
  );

const pathParams = z.object({ group: z.string(), name: z.string() });

export const createProject = route({
  method: 'POST',
  path: '/api/v1/projects',
  action: 'project.create',
  summary: 'Create a project and its empty repository',
  body: z.object({ path: z.string(), defaultBranch: branchName.default('main') }),
  reply: projectSchema,
  status: 201,
});

export const listProjects = route({
  method: 'GET',
  path: '/api/v1/projects',
  action: 'project.list',
  summary: 'The projects the caller can see',
  reply: z.array(projectSchema),
});

export const showProject = route({
  method: 'GET',
  path: '/api/v1/projects/:group/:name',
  action: 'project.read',
  summary: 'One project with its members and protected branches and tags',
  params: pathParams,
  reply: projectSchema.extend({
    members: z.array(z.object({ name: z.string(), role: z.string() })),
    protectedRefs: z.array(z.string()),
  }),
});

export const protectRef = route({
  method: 'PUT',
  path: '/api/v1/projects/:group/:name/protected-refs/:ref',
  action: 'project.manage',
  summary: 'Protect a branch or tag; `*` in it stands for any characters',
  params: pathParams.extend({ ref: z.string() }),
});

export const unprotectRef = route({
  method: 'DELETE',
  path: '/api/v1/projects/:group/:name/protected-refs/:ref',
  action: 'project.manage',
  summary: 'End the protection of a branch, tag or pattern; the default branch keeps it',
  params: pathParams.extend({ ref: z.string() }),
});

export const setMember = route({
  method: 'PUT',
  path: '/api/v1/projects/:group/:name/members/:user',
  action: 'project.manage',
  summary: 'Give a person a role in the project (null takes it away)',
  params: pathParams.extend({ user: z.string() }),
  body: z.object({ role: z.enum(['viewer', 'labeller', 'developer', 'maintainer']).nullable() }),
});

export const issueProjectToken = route({
  method: 'POST',
  path: '/api/v1/projects/:group/:name/tokens',
  action: 'project.manage',
  summary: 'A token that speaks for the project with one role; shown once',
  params: pathParams,
  body: z.object({
    name: z.string().min(1).max(100),
    role: z.enum(['viewer', 'labeller', 'developer', 'maintainer']),
    days: lifeDays,
  }),
  reply: z.object({ token: z.string() }),
});

export const listProjectTokens = route({
  method: 'GET',
  path: '/api/v1/projects/:group/:name/tokens',
  action: 'project.manage',
  summary: 'The tokens of a project, by id',
  params: pathParams,
  reply: z.array(tokenSchema),
});

export const revokeProjectToken = route({
  method: 'DELETE',
  path: '/api/v1/projects/:group/:name/tokens/:id',
  action: 'project.manage',
  summary: 'Take a token of the project back; it dies at once',
  params: pathParams.extend({ id: z.string() }),
});
