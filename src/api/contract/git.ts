import * as z from 'zod';
import { route, stream } from './route.ts';

/** `repository` is `NAME.git`, as in every clone URL. */
const repositoryParams = z.object({ group: z.string(), repository: z.string() });

/** Smart HTTP (gitprotocol-http(5)). Pushing is checked by the role as well: `git.write`. */
export const gitRefs = route({
  method: 'GET',
  path: '/git/:group/:repository/info/refs',
  action: 'git.read',
  summary: 'git: what the repository holds',
  params: repositoryParams,
  query: z.object({ service: z.string().default('') }),
  reply: stream,
});

export const gitUploadPack = route({
  method: 'POST',
  path: '/git/:group/:repository/git-upload-pack',
  action: 'git.read',
  summary: 'git: clone and fetch',
  params: repositoryParams,
  body: stream,
  reply: stream,
});

export const gitReceivePack = route({
  method: 'POST',
  path: '/git/:group/:repository/git-receive-pack',
  action: 'git.write',
  summary: 'git: push',
  params: repositoryParams,
  body: stream,
  reply: stream,
});

/** Git LFS (its API's batch and locking calls), which is refused in its own words. */
function lfs(method: 'GET' | 'POST') {
  return route({
    method,
    path: '/git/:group/:repository/info/lfs/*',
    action: 'git.read',
    summary: 'git lfs: not served; says where large files go',
    params: repositoryParams,
    body: stream,
    reply: stream,
  });
}
export const gitLfsRead = lfs('GET');
export const gitLfsWrite = lfs('POST');
