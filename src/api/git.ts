import type { FastifyReply } from 'fastify';
import type { EmbeddedForge } from '../forge/embedded/embedded-forge.ts';
import {
  advertise,
  type GitBody,
  type GitServiceName,
  receivePack,
  uploadPack,
} from '../forge/embedded/git/serve-git.ts';
import type { Identity } from '../identity/identity.ts';
import { type Principal, roles } from '../identity/principal.ts';
import type { Project } from '../identity/projects.ts';
import { fault, missing } from '../shared/errors.ts';
import { gitLfsRead, gitLfsWrite, gitReceivePack, gitRefs, gitUploadPack } from './contract/git.ts';
import { type Call, type ErrorForm, type Handler, handle, type Subject } from './handle.ts';

export interface GitDeps {
  forge: EmbeddedForge;
  identity: Pick<Identity, 'projectByPath' | 'roleIn'>;
}

/** git over smart HTTP. */
export function gitHandlers({ forge, identity }: GitDeps): Handler[] {
  const { repositories, log } = forge.context;
  const find = (params: { group: string; repository: string }): Project => {
    const project = identity.projectByPath(`${params.group}/${params.repository.replace(/\.git$/, '')}`);
    if (project === null || !repositories.exists(project.path))
      throw missing('repository', `${params.group}/${params.repository}`);
    return project;
  };
  const options = {
    subject: ({ params }: { params: { group: string; repository: string } }): Subject => ({
      projectId: find(params).id,
    }),
    onError: plainText,
  };
  return [
    handle(
      gitRefs,
      async ({ params, query, principal, headers, reply, face }) => {
        const project = find(params);
        const service = serviceOf(query.service);
        if (service === 'git-receive-pack') {
          mayPush(identity, principal, project, face);
          // Here too, since of an error git shows the pusher only what the first request answers.
          await forge.requireRoom();
        }
        gitReply(reply, `application/x-${service}-advertisement`);
        return advertise(repositories.folder(project.path), service, header(headers['git-protocol']), log);
      },
      options,
    ),
    handle(
      gitUploadPack,
      (call) => {
        const project = find(call.params);
        gitReply(call.reply, 'application/x-git-upload-pack-result');
        return uploadPack(repositories.folder(project.path), bodyOf(call), call.signal, log);
      },
      options,
    ),
    handle(
      gitReceivePack,
      async (call) => {
        const project = find(call.params);
        await forge.requireRoom();
        const hooks = forge.pushHooks(project, call.principal, call.lang);
        gitReply(call.reply, 'application/x-git-receive-pack-result');
        return receivePack(repositories.folder(project.path), bodyOf(call), hooks, log);
      },
      options,
    ),
    ...[gitLfsRead, gitLfsWrite].map((route) =>
      handle(
        route,
        () => {
          throw fault('forge.no_lfs');
        },
        { ...options, onError: lfsForm },
      ),
    ),
  ];
}

/** The refs of a push are asked for with a reading route, so its right is checked here: the row of `git.write`. */
function mayPush(
  identity: Pick<Identity, 'roleIn'>,
  principal: Principal,
  project: Project,
  face: 'main' | 'link',
): void {
  const person = principal.kind === 'user' || principal.kind === 'project';
  if (face === 'main' && person && identity.roleIn(principal, project.id) >= roles.developer) return;
  const who = 'name' in principal ? principal.name : principal.kind;
  throw fault('access.refused', { who, action: 'git.write', needs: 'the role developer in the project' });
}

function serviceOf(name: string): GitServiceName {
  if (name === 'git-upload-pack' || name === 'git-receive-pack') return name;
  throw fault('forge.bad_service', { service: name || 'dumb HTTP' });
}

function gitReply(reply: FastifyReply, type: string): void {
  reply.header('content-type', type).header('cache-control', 'no-cache, max-age=0, must-revalidate');
}

function bodyOf({ stream, headers }: Call<unknown, unknown, unknown>): GitBody {
  return {
    stream,
    encoding: header(headers['content-encoding']),
    protocol: header(headers['git-protocol']),
  };
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** git prints a text reply behind `remote:`; it asks for credentials after a 401 with a Basic challenge. */
const plainText: ErrorForm = ({ reply }, { status, message, remedy }) => {
  if (status === 401) reply.header('www-authenticate', 'Basic realm="seto"');
  return reply.header('content-type', 'text/plain; charset=utf-8').send(`${message} ${remedy}\n`);
};

/** git-lfs shows `message`; it asks for credentials where `LFS-Authenticate` is with a 401 (its API, "Authentication"). */
const lfsForm: ErrorForm = ({ reply }, { status, message, remedy }) => {
  if (status === 401) reply.header('lfs-authenticate', 'Basic realm="seto"');
  return reply
    .header('content-type', 'application/vnd.git-lfs+json')
    .send(JSON.stringify({ message: `${message} ${remedy}` }));
};
