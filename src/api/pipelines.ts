import type { EmbeddedForge } from '../forge/embedded/embedded-forge.ts';
import { newestJobs } from '../forge/embedded/job-rows.ts';
import { type PipelineRow, pipelineById, problemsOf } from '../forge/embedded/pipeline-rows.ts';
import { renderDiagnostic } from '../forge/embedded/pipelines/diagnostics.ts';
import { pipelineUrl } from '../forge/embedded/predefined-variables.ts';
import type { Identity } from '../identity/identity.ts';
import { actorOf } from '../identity/principal.ts';
import { missing } from '../shared/errors.ts';
import type { Lang } from '../shared/text/format.ts';
import {
  cancelPipeline,
  listPipelines,
  type PipelineJson,
  retryPipeline,
  runPipeline,
  showPipeline,
} from './contract/pipelines.ts';
import { type Handler, handle, type Subject } from './handle.ts';
import { jobJson } from './jobs.ts';
import { mayRun } from './may-run.ts';

export interface PipelineDeps {
  forge: EmbeddedForge;
  identity: Pick<Identity, 'project' | 'projectByPath' | 'isProtected' | 'roleIn'>;
}

/** Pipelines: starting, looking, cancelling, repeating. */
export function pipelineHandlers({ forge, identity }: PipelineDeps): Handler[] {
  const { store, url } = forge.context;
  const projectOf = (params: { group: string; name: string }) => {
    const project = identity.projectByPath(`${params.group}/${params.name}`);
    if (!project) throw missing('project', `${params.group}/${params.name}`);
    return project;
  };
  const find = (id: number): PipelineRow => {
    const row = pipelineById(store, id);
    if (!row) throw missing('pipeline', id);
    return row;
  };
  const view = (row: PipelineRow): PipelineJson => {
    const project = identity.project(row.project_id)?.path ?? '';
    return {
      id: row.id,
      iid: row.iid,
      project,
      name: row.name,
      ref: row.ref,
      sha: row.sha,
      status: row.status,
      source: row.source,
      url: pipelineUrl(url(), project, row.id),
      createdAt: row.created_at,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
    };
  };
  const shown = (id: number, lang: Lang) => {
    const row = find(id);
    const pipeline = view(row);
    return {
      ...pipeline,
      jobs: newestJobs(store, id).map((job) => jobJson(job, pipeline.project)),
      costs: forge.context
        .costs()
        .of(id)
        .map((each) => ({ ...each, jobs: [...each.jobs] })),
      problems: problemsOf(row).map((each) => ({
        severity: each.severity,
        code: each.code,
        file: each.file,
        line: each.line,
        column: each.column,
        text: renderDiagnostic(each, lang),
      })),
    };
  };
  const inProject = ({ params }: { params: { group: string; name: string } }): Subject => ({
    projectId: projectOf(params).id,
  });
  const subject = ({ params }: { params: { id: number } }): Subject => ({
    projectId: find(params.id).project_id,
  });
  return [
    handle(
      runPipeline,
      async ({ params, body, principal, lang }) => {
        const project = projectOf(params);
        mayRun(identity, principal, project.id, body.ref ?? project.defaultBranch, 'pipeline.run');
        const { pipelineId } = await forge.startPipeline({
          projectId: project.id,
          ref: body.ref ?? project.defaultBranch,
          source: 'api',
          userId: principal.kind === 'user' ? principal.userId : project.ownerId,
          variables: body.variables,
          ...(body.idempotencyKey === undefined
            ? {}
            : { idempotencyKey: `api:${project.id}:${body.idempotencyKey}` }),
        });
        return shown(pipelineId, lang);
      },
      { subject: inProject },
    ),
    handle(
      listPipelines,
      ({ params, query }) =>
        store
          .all<PipelineRow>(
            `SELECT * FROM pipelines WHERE project_id = ? AND (? IS NULL OR ref = ?) AND (? IS NULL OR status = ?)
             ORDER BY id DESC LIMIT ?`,
            projectOf(params).id,
            query.ref ?? null,
            query.ref ?? null,
            query.status ?? null,
            query.status ?? null,
            query.limit,
          )
          .map(view),
      { subject: inProject },
    ),
    handle(showPipeline, ({ params, lang }) => shown(params.id, lang), { subject }),
    handle(
      cancelPipeline,
      ({ params, principal, lang }) => {
        forge.actions.cancelPipeline(params.id, actorOf(principal));
        return shown(params.id, lang);
      },
      { subject },
    ),
    handle(
      retryPipeline,
      ({ params, principal, lang }) => {
        const row = find(params.id);
        mayRun(identity, principal, row.project_id, row.ref, 'pipeline.run');
        forge.actions.retryPipeline(params.id, actorOf(principal));
        return shown(params.id, lang);
      },
      { subject },
    ),
  ];
}
