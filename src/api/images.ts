import type { Identity } from '../identity/identity.ts';
import type { ImageRecord, Images } from '../images/images.ts';
import { projectOf } from '../images/registry/names.ts';
import { fault, missing } from '../shared/errors.ts';
import {
  collectImageGarbage,
  type ImageView,
  listImages,
  recordImage,
  showImage,
} from './contract/images.ts';
import { type Handler, handle, type Subject } from './handle.ts';

export interface ImageHandlerDeps {
  images: Images;
  identity: Pick<Identity, 'projectByPath' | 'project' | 'projects' | 'canSee'>;
}

/** Images as pipelines made them; their bytes are in the registry's face. */
export function imageHandlers({ images, identity }: ImageHandlerDeps): Handler[] {
  const subjectOf = (path: string): Subject => {
    const project = identity.projectByPath(path);
    if (project === null) throw missing('project', path);
    return { projectId: project.id };
  };
  const view = ({ projectId, ...rest }: ImageRecord): ImageView => ({
    ...rest,
    project: identity.project(projectId)?.path ?? '',
  });
  return [
    handle(
      recordImage,
      async ({ principal, body }) => {
        if (principal.kind !== 'job') throw fault('image.other_job');
        return view(await images.record(principal, body));
      },
      { subject: ({ body }) => subjectOf(projectOf(body.repository)) },
    ),
    handle(listImages, ({ principal, query }) => {
      const projectIds = identity.projects
        .list()
        .filter(({ path }) => query.project === undefined || path === query.project)
        .filter(({ id }) => identity.canSee(principal, id))
        .map(({ id }) => id);
      const found =
        query.pipeline === undefined
          ? images.list(projectIds, query.limit)
          : images
              .imagesOfPipeline(query.pipeline)
              .filter(({ projectId }) => projectIds.includes(projectId))
              .slice(0, query.limit);
      return found.map(view);
    }),
    handle(collectImageGarbage, () => images.collectGarbage()),
    handle(
      showImage,
      async ({ params }) => {
        const { projectId } = subjectOf(`${params.group}/${params.name}`);
        const found = images.resolve(projectId, params.reference);
        if (found === null) throw missing('image', params.reference);
        const detail = await images.detail(found.repository, found.digest);
        return {
          ...detail,
          repository: found.repository,
          made: images.byDigest(projectId, found.digest).map(view),
        };
      },
      { subject: ({ params }) => subjectOf(`${params.group}/${params.name}`) },
    ),
  ];
}
