import type { Deployments } from '../deployments/deployments.ts';
import type { Endpoint } from '../deployments/endpoint-rows.ts';
import type { Release } from '../deployments/release-rows.ts';
import type { Identity } from '../identity/identity.ts';
import { actorOf } from '../identity/principal.ts';
import { fault, missing } from '../shared/errors.ts';
import {
  createKey,
  deployRoute,
  type EndpointView,
  listEndpoints,
  type ReleaseView,
  releaseLogs,
  removeEndpoint,
  revokeKey,
  rollbackRoute,
  setEndpoint,
  showEndpoint,
  showRelease,
  stopRoute,
} from './contract/endpoints.ts';
import { type Handler, handle, type Subject } from './handle.ts';

export interface EndpointDeps {
  deployments: Deployments;
  identity: Pick<Identity, 'projectByPath' | 'project' | 'canSee' | 'roleIn'>;
  /** The gateway's URL as people reach it, without a slash at the end. */
  gatewayUrl(): string;
}

/** Endpoints and their releases. */
export function endpointHandlers({ deployments, identity, gatewayUrl }: EndpointDeps): Handler[] {
  const view = (endpoint: Endpoint): EndpointView => {
    const live = deployments.live(endpoint.id);
    return {
      name: endpoint.name,
      project: identity.project(endpoint.projectId)?.path ?? '',
      url: `${gatewayUrl()}/e/${endpoint.name}`,
      open: endpoint.open,
      memoryMb: endpoint.memoryMb,
      keep: endpoint.keep,
      live: live === null ? null : releaseView(live),
    };
  };
  const owner = ({ params }: { params: { endpoint: string } }): Subject => ({
    projectId: deployments.endpoint(params.endpoint).projectId,
  });
  const project = (params: { group: string; name: string }) => {
    const found = identity.projectByPath(`${params.group}/${params.name}`);
    if (found === null) throw missing('project', `${params.group}/${params.name}`);
    return found;
  };
  const releaseOf = (endpoint: Endpoint, id: string): Release => {
    const release = deployments.release(id);
    if (release === null || release.endpointId !== endpoint.id) throw missing('release', id);
    return release;
  };
  return [
    handle(
      deployRoute,
      async ({ params, body, principal }) => {
        if (body.ungated && !(principal.kind === 'user' && principal.admin))
          throw fault('deploy.ungated_admin');
        const release = await deployments.deploy({
          endpoint: body.endpoint,
          projectId: project(params).id,
          image: body.image ?? null,
          pipelineId: principal.kind === 'job' ? principal.pipelineId : null,
          actor: actorOf(principal),
          ungated: body.ungated,
        });
        return releaseView(release);
      },
      { subject: ({ params }) => ({ projectId: project(params).id }) },
    ),
    handle(listEndpoints, ({ principal }) =>
      deployments
        .endpoints()
        .filter(({ projectId }) => identity.canSee(principal, projectId))
        .map(view),
    ),
    handle(
      showEndpoint,
      ({ params }) => {
        const endpoint = deployments.endpoint(params.endpoint);
        return {
          ...view(endpoint),
          releases: deployments.releases(endpoint.id).map(releaseView),
          keys: deployments.keys(params.endpoint).map(({ name, createdAt }) => ({ name, createdAt })),
        };
      },
      { subject: owner },
    ),
    handle(
      showRelease,
      async ({ params, query, signal }) => {
        releaseOf(deployments.endpoint(params.endpoint), params.release);
        return releaseView(await deployments.waitFor(params.release, query.waitMs, signal));
      },
      { subject: owner },
    ),
    handle(
      releaseLogs,
      async ({ params, query }) => {
        const endpoint = deployments.endpoint(params.endpoint);
        const id =
          query.release ?? deployments.live(endpoint.id)?.id ?? deployments.releases(endpoint.id)[0]?.id;
        if (id === undefined) throw fault('endpoint.no_release');
        releaseOf(endpoint, id);
        return { release: id, text: await deployments.logs(id, query.lines) };
      },
      { subject: owner },
    ),
    handle(
      rollbackRoute,
      ({ params, body, principal }) =>
        releaseView(deployments.rollback(params.endpoint, body.to ?? null, actorOf(principal))),
      { subject: owner },
    ),
    handle(
      stopRoute,
      ({ params, principal }) => {
        deployments.stop(params.endpoint, actorOf(principal));
        return undefined;
      },
      { subject: owner },
    ),
    handle(
      removeEndpoint,
      ({ params, principal }) => {
        deployments.remove(params.endpoint, actorOf(principal));
        return undefined;
      },
      { subject: owner },
    ),
    handle(
      setEndpoint,
      ({ params, body, principal }) => view(deployments.set(params.endpoint, body, actorOf(principal))),
      { subject: owner },
    ),
    handle(
      createKey,
      ({ params, body, principal }) => ({
        key: deployments.createKey(params.endpoint, body.name, actorOf(principal)),
      }),
      { subject: owner },
    ),
    handle(
      revokeKey,
      ({ params, principal }) => {
        deployments.revokeKey(params.endpoint, params.key, actorOf(principal));
        return undefined;
      },
      { subject: owner },
    ),
  ];
}

function releaseView(release: Release): ReleaseView {
  const {
    id,
    state,
    reason,
    image,
    imageDigest,
    modelDigest,
    modelName,
    pipelineId,
    ungated,
    createdAt,
    liveAt,
  } = release;
  return {
    id,
    state,
    reason,
    image,
    imageDigest,
    modelDigest,
    modelName,
    pipelineId,
    ungated,
    createdAt,
    liveAt,
  };
}
