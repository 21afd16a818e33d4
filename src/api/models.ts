import type { Datasets } from '../datasets/datasets.ts';
import type { ProductionModels } from '../gate/production-models.ts';
import type { Identity } from '../identity/identity.ts';
import { actorOf } from '../identity/principal.ts';
import type { Lineage } from '../lineage/lineage.ts';
import type { Model, ModelVersion, VerdictRecord } from '../models/model-rows.ts';
import type { Models } from '../models/models.ts';
import { fault, missing } from '../shared/errors.ts';
import type { ProjectBlobs } from '../storage/project-blobs.ts';
import { postVerdict, productionModel } from './contract/gate.ts';
import {
  listModels,
  missingModelBlobs,
  postMetrics,
  readModelFile,
  registerModel,
  sendModelBlob,
  showModel,
  showVersion,
} from './contract/models.ts';
import { type Handler, handle, type Subject } from './handle.ts';

export interface ModelHandlerDeps {
  models: Models;
  blobs: ProjectBlobs;
  lineage: Lineage;
  identity: Pick<Identity, 'projectByPath' | 'project' | 'canSee'>;
  datasets: Pick<Datasets, 'pinned'>;
  production: ProductionModels;
}

/** Models, metrics, verdicts. */
export function modelHandlers(deps: ModelHandlerDeps): Handler[] {
  const { models, blobs, lineage, identity, datasets, production } = deps;
  const versionView = (model: Model, version: ModelVersion) => {
    const [newest] = models.verdicts(model.projectId, version.digest);
    const passed = models.hasPassedGate(version.digest, model.projectId);
    const { digest, bytes, files, pipelineId, jobId, actor, createdAt } = version;
    return {
      model: model.name,
      digest,
      bytes,
      files: [...files],
      pipelineId,
      jobId,
      actor,
      createdAt,
      gate: passed ? ('passed' as const) : newest ? ('refused' as const) : null,
    };
  };
  const view = (model: Model) => {
    const latest = models.latest(model);
    return {
      name: model.name,
      project: identity.project(model.projectId)?.path ?? '',
      createdAt: model.createdAt,
      versions: models.count(model),
      latest: latest && versionView(model, latest),
    };
  };
  const verdictView = ({ projectId: _, ...verdict }: VerdictRecord) => verdict;
  const byModel = {
    subject: ({ params }: { params: { model: string } }): Subject => {
      const { projectId, shared } = models.find(params.model);
      return { projectId, shared };
    },
  };
  const projectId = (params: { group: string; name: string }): number => {
    const project = identity.projectByPath(`${params.group}/${params.name}`);
    if (project === null) throw missing('project', `${params.group}/${params.name}`);
    return project.id;
  };
  const byProject = {
    subject: ({ params }: { params: { group: string; name: string } }): Subject => ({
      projectId: projectId(params),
    }),
  };
  return [
    handle(listModels, ({ principal }) =>
      models
        .list()
        .filter((model) => model.shared || identity.canSee(principal, model.projectId))
        .map(view),
    ),
    handle(
      showModel,
      ({ params }) => {
        const model = models.find(params.model);
        return { ...view(model), all: models.versions(model).map((each) => versionView(model, each)) };
      },
      byModel,
    ),
    handle(
      showVersion,
      ({ params }) => {
        const model = models.find(params.model);
        const version = models.version(model, params.version);
        return {
          ...versionView(model, version),
          metrics: models.metrics(model, version),
          verdicts: models.verdicts(model.projectId, version.digest).map(verdictView),
          lineage: lineage.trace(`model:${version.digest}`),
        };
      },
      byModel,
    ),
    handle(
      readModelFile,
      ({ params, reply }) => {
        const model = models.find(params.model);
        const version = models.version(model, params.version);
        reply.headers({
          'content-type': 'application/octet-stream',
          'content-disposition': 'attachment',
          'content-security-policy': 'sandbox',
        });
        return models.openFile(model, version, params['*']);
      },
      byModel,
    ),
    handle(
      missingModelBlobs,
      ({ params, body }) => ({ missing: blobs.missing(projectId(params), body.digests) }),
      byProject,
    ),
    handle(
      sendModelBlob,
      async ({ params, stream }) => {
        await blobs.add(projectId(params), stream, { sha256: params.sha256 });
        return undefined;
      },
      byProject,
    ),
    handle(
      registerModel,
      async ({ params, body, principal }) => {
        const { model, version } = await models.register(
          { projectId: projectId(params), ...body },
          principal,
        );
        return versionView(model, version);
      },
      byProject,
    ),
    handle(
      postMetrics,
      ({ params, body, principal }) => {
        const { model: modelDigest = null, values, step } = body;
        models.postMetrics({ projectId: projectId(params), modelDigest, values, step }, principal);
        return undefined;
      },
      byProject,
    ),
    handle(
      postVerdict,
      ({ body, principal }) => {
        if (principal.kind !== 'job')
          throw fault('access.refused', { who: actorOf(principal), action: 'verdict.write', needs: 'job' });
        const { data } = body;
        const pinned = data.name === null ? null : datasets.pinned(principal.pipelineId, data.name);
        const verified = data.state === 'verified' && pinned !== null && pinned === data.snapshot;
        const detail = verified
          ? body
          : {
              ...body,
              data: { ...data, state: 'unverified' as const },
              notes: [...new Set([...body.notes, 'data-unverified' as const])],
            };
        const snapshotId = verified ? data.snapshot : null;
        const { passed, model } = body;
        return verdictView(
          models.recordVerdict({ modelDigest: model.digest, passed, detail, snapshotId }, principal),
        );
      },
      byProject,
    ),
    handle(
      productionModel,
      ({ params, query }) => {
        const found = production.newestLive(projectId(params), query.model, query.endpoint);
        if (found === null) return { production: null };
        const { modelDigest: digest, endpoint } = found;
        const owner = models
          .list()
          .find(
            (model) =>
              model.projectId === projectId(params) &&
              models.versions(model).some((version) => version.digest === digest),
          );
        return { production: { digest, model: owner?.name ?? null, endpoint } };
      },
      byProject,
    ),
  ];
}
