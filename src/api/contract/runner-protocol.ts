import * as z from 'zod';
import { nothing, route, stream } from './route.ts';

/** GitLab's runner protocol (shared/reference: read from gitlab-runner 19.4; 12.8 speaks an older form of it). */
const jobParams = z.object({ id: z.coerce.number().int().positive() });
const anyObject = z.looseObject({});
const runnerReply = z.object({ id: z.number(), token: z.string(), token_expires_at: z.string().nullable() });

/** Unknown fields are other versions' own. */
export const requestJobBody = z.looseObject({
  token: z.string().optional(),
  system_id: z.string().optional(),
  last_update: z.string().optional(),
  info: z
    .looseObject({
      executor: z.string().default(''),
      features: z.looseObject({ cancel_gracefully: z.boolean().default(false) }).nullish(),
    })
    .nullish(),
});

export const updateJobBody = z.looseObject({
  token: z.string().optional(),
  state: z.string(),
  failure_reason: z.string().nullish(),
  exit_code: z.number().int().nullish(),
  checksum: z.string().nullish(),
  output: z.looseObject({ checksum: z.string().nullish(), bytesize: z.number().int().nullish() }).nullish(),
});

export const registerRunner = route({
  method: 'POST',
  path: '/api/v4/runners',
  action: 'runner.register',
  summary: 'Runner: sign up the older way, with the runner’s own token as registration token',
  body: z.looseObject({ token: z.string() }),
  reply: runnerReply,
  status: 201,
});

export const verifyRunner = route({
  method: 'POST',
  path: '/api/v4/runners/verify',
  action: 'runner.register',
  summary: 'Runner: is this token still good?',
  body: z.looseObject({ token: z.string() }),
  reply: runnerReply,
});

export const renewRunnerToken = route({
  method: 'POST',
  path: '/api/v4/runners/reset_authentication_token',
  action: 'runner.request',
  summary: 'Runner: a new token for itself; the old one dies',
  body: z.looseObject({ token: z.string().optional() }),
  reply: z.object({ token: z.string(), token_expires_at: z.string().nullable() }),
  status: 201,
});

export const leaveRunner = route({
  method: 'DELETE',
  path: '/api/v4/runners',
  action: 'runner.leave',
  summary: 'Runner: gone for good',
  body: z.looseObject({ token: z.string().optional() }),
  status: 204,
});

export const leaveRunnerManager = route({
  method: 'DELETE',
  path: '/api/v4/runners/managers',
  action: 'runner.leave',
  summary: 'Runner: this machine of it is gone',
  body: z.looseObject({ token: z.string().optional(), system_id: z.string().optional() }),
  status: 204,
});

export const requestJob = route({
  method: 'POST',
  path: '/api/v4/jobs/request',
  action: 'runner.request',
  summary: 'Runner: ask for a job; held until one fits, for at most 50 s',
  body: requestJobBody,
  reply: anyObject,
  status: 201,
});

export const updateJob = route({
  method: 'PUT',
  path: '/api/v4/jobs/:id',
  action: 'job.deliver',
  summary: 'Runner: how the job stands',
  params: jobParams,
  body: updateJobBody,
});

export const patchTrace = route({
  method: 'PATCH',
  path: '/api/v4/jobs/:id/trace',
  action: 'job.deliver',
  summary: 'Runner: a piece of the job’s log',
  params: jobParams,
  body: stream,
  status: 202,
});

export const uploadArtifact = route({
  method: 'POST',
  path: '/api/v4/jobs/:id/artifacts',
  action: 'job.deliver',
  summary: 'Runner: an artifact or report of the job (multipart, field `file`)',
  params: jobParams,
  query: z.object({
    artifact_type: z.string().default('archive'),
    artifact_format: z.string().default('zip'),
    expire_in: z.string().optional(),
  }),
  body: stream,
  reply: z.object({ id: z.number(), size: z.number() }),
  status: 201,
});

export const downloadArtifact = route({
  method: 'GET',
  path: '/api/v4/jobs/:id/artifacts',
  action: 'artifact.read',
  summary: 'The archive a job left (or, with artifact_type, a report)',
  params: jobParams,
  query: z.object({ artifact_type: z.string().default('archive'), direct_download: z.string().optional() }),
  reply: stream,
});

export const routerDiscovery = route({
  method: 'GET',
  path: '/api/v4/runners/router/discovery',
  action: 'health.read',
  summary: 'Runner: job routers, of which there are none (501)',
  body: nothing,
  status: 501,
});

const site = z.enum(['cloud', 'onprem']);

export const createRunner = route({
  method: 'POST',
  path: '/api/v1/runners',
  action: 'platform.manage',
  summary: 'Let a foreign runner (a real gitlab-runner) in; its token is shown once',
  body: z.object({
    description: z.string().max(200).default(''),
    site: site.default('onprem'),
    tags: z.array(z.string()).default([]),
    runUntagged: z.boolean().default(false),
  }),
  reply: z.object({ id: z.number(), token: z.string() }),
  status: 201,
});

export const listRunners = route({
  method: 'GET',
  path: '/api/v1/runners',
  action: 'platform.manage',
  summary: 'Every runner that may ask for jobs',
  reply: z.array(
    z.object({
      id: z.number(),
      description: z.string(),
      nodeId: z.string().nullable(),
      pool: z.string().nullable(),
      site,
      tags: z.array(z.string()),
      contactedAt: z.number().nullable(),
    }),
  ),
});

export const removeRunner = route({
  method: 'DELETE',
  path: '/api/v1/runners/:id',
  action: 'platform.manage',
  summary: 'Shut a runner out; its running attempts are void',
  params: z.object({ id: z.coerce.number().int() }),
});
