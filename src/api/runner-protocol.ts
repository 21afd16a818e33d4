import type { EmbeddedForge } from '../forge/embedded/embedded-forge.ts';
import { type JobRow, jobById, planOf, tagsOf } from '../forge/embedded/job-rows.ts';
import { uploadArtifact as storeUpload } from '../forge/embedded/runner-protocol/upload-artifact.ts';
import { actorOf, type Principal, roles } from '../identity/principal.ts';
import { fault, missing } from '../shared/errors.ts';
import {
  createRunner,
  downloadArtifact,
  leaveRunner,
  leaveRunnerManager,
  listRunners,
  patchTrace,
  registerRunner,
  removeRunner,
  renewRunnerToken,
  requestJob,
  routerDiscovery,
  updateJob,
  uploadArtifact,
  verifyRunner,
} from './contract/runner-protocol.ts';
import { type ErrorForm, type Handler, handle, type Subject } from './handle.ts';

/** GitLab's form of an error; runners take 403, not 401, as "this token is no good". */
const gitlabForm: ErrorForm = ({ reply }, { status, message, remedy }) => {
  const told = status === 401 ? 403 : status;
  return reply.status(told).send({ message: `${told} ${message} ${remedy}` });
};

/** GitLab's runner protocol and who may take part in it. */
export function runnerProtocolHandlers({ forge }: { forge: EmbeddedForge }): Handler[] {
  const { runners, artifacts } = forge;
  const { store, identity } = forge.context;
  const find = (id: number): JobRow => {
    const row = jobById(store, id);
    if (!row) throw missing('job', id);
    return row;
  };
  const subject = ({ params }: { params: { id: number } }): Subject => ({
    projectId: find(params.id).project_id,
  });
  /** A job speaks for itself only, not for others of its project. */
  const own = (principal: Principal, id: number): JobRow => {
    if (principal.kind !== 'job' || principal.jobId !== id) throw fault('forge.job_over', { job: id });
    return find(id);
  };
  const known = (token: string) => {
    const row = runners.verify(token);
    if (!row) throw fault('access.bad_token');
    return { id: row.id, token, token_expires_at: null };
  };
  /** `artifacts:access` of the job that left them. Jobs hand on to each other whatever it says. */
  const mayFetch = (principal: Principal, job: JobRow): void => {
    const access = planOf(job).artifacts?.access ?? 'all';
    if (principal.kind === 'job' || access === 'all') return;
    if (access !== 'none' && identity.roleIn(principal, job.project_id) >= roles[access]) return;
    const who = 'name' in principal ? principal.name : principal.kind;
    const needs = access === 'none' ? 'a later job of the pipeline' : `the role ${access} in the project`;
    throw fault('access.refused', {
      who,
      action: 'artifact.read',
      needs: `${needs} (artifacts:access of job ${job.name})`,
    });
  };
  const leave = (principal: Principal): undefined => {
    if (principal.kind === 'runner' && principal.nodeId === null)
      runners.remove(principal.runnerId, actorOf(principal));
    return undefined;
  };
  const protocol = { subject, onError: gitlabForm };
  return [
    handle(registerRunner, ({ body }) => known(body.token), { onError: gitlabForm }),
    handle(verifyRunner, ({ body }) => known(body.token), { onError: gitlabForm }),
    handle(
      renewRunnerToken,
      ({ principal }) => {
        // A node's token is renewed by its pool alone.
        if (principal.kind !== 'runner' || principal.nodeId !== null) throw fault('access.bad_token');
        return { token: runners.renewToken(principal.runnerId, actorOf(principal)), token_expires_at: null };
      },
      { onError: gitlabForm },
    ),
    handle(leaveRunner, ({ principal }) => leave(principal), { onError: gitlabForm }),
    // One machine of a runner goes; the runner itself (its token in config.toml) stays good.
    handle(leaveRunnerManager, () => undefined, { onError: gitlabForm }),
    handle(routerDiscovery, () => undefined, { onError: gitlabForm }),
    handle(
      requestJob,
      async ({ principal, body, reply, signal }) => {
        if (principal.kind !== 'runner') throw fault('access.bad_token');
        const { payload, lastUpdate } = await forge.requestJob(principal.runnerId, body, signal);
        reply.header('x-gitlab-last-update', lastUpdate);
        if (payload !== null) return payload as Record<string, unknown>;
        reply.status(204);
        return undefined;
      },
      { onError: gitlabForm },
    ),
    handle(
      updateJob,
      async ({ principal, params, body, reply }) => {
        const answer = await forge.updateJob(own(principal, params.id), body);
        reply.header('job-status', answer.jobStatus).status(answer.status);
        return undefined;
      },
      protocol,
    ),
    handle(
      patchTrace,
      async ({ principal, params, headers, stream, reply }) => {
        const answer = await forge.patchTrace(own(principal, params.id), headers['content-range'], stream);
        reply
          .header('job-status', answer.jobStatus)
          .header('x-gitlab-trace-update-interval', String(answer.intervalSeconds))
          .header('range', `0-${answer.held}`)
          .status(answer.status);
        return undefined;
      },
      protocol,
    ),
    handle(
      uploadArtifact,
      async ({ principal, params, query, headers, stream }) => {
        const row = await storeUpload(artifacts, own(principal, params.id), query, headers, stream);
        return { id: row.id, size: row.size };
      },
      protocol,
    ),
    handle(
      downloadArtifact,
      async ({ params, query, principal, reply }) => {
        mayFetch(principal, find(params.id));
        const row = artifacts.get(params.id, query.artifact_type);
        if (!row)
          throw fault('core.not_found', { what: `artifact ${query.artifact_type} of job ${params.id}` });
        reply
          .header('content-type', 'application/octet-stream')
          .header('content-length', String(row.size))
          .header('content-security-policy', 'sandbox')
          .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(row.filename)}`);
        return artifacts.open(row);
      },
      protocol,
    ),
    handle(createRunner, ({ body, principal }) => runners.create(body, actorOf(principal))),
    handle(listRunners, () =>
      runners.list().map((row) => ({
        id: row.id,
        description: row.description,
        nodeId: row.node_id,
        pool: row.pool,
        site: row.site,
        tags: tagsOf(row),
        contactedAt: row.contacted_at,
      })),
    ),
    handle(removeRunner, ({ params, principal }) => {
      if (!runners.byId(params.id)) throw missing('runner', params.id);
      runners.remove(params.id, actorOf(principal));
      return undefined;
    }),
  ];
}
