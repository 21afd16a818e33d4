import { fault } from '../../shared/errors.ts';

/** What a path below /v2/ names (OCI distribution-spec, "Endpoints"). */
export type RegistryPlace = { repository: string } & (
  | { kind: 'blob'; digest: string }
  | { kind: 'uploads' }
  | { kind: 'upload'; id: string }
  | { kind: 'manifest'; reference: string }
  | { kind: 'tags' }
  | { kind: 'referrers'; digest: string }
);

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const namePattern = new RegExp(`^${component}(?:/${component})+$`);

/** Reads the path; throws `registry.name_invalid` where it is none of the specification's. */
export function parsePlace(path: string): RegistryPlace {
  const match =
    /^(.+?)\/(?:(blobs\/uploads)\/?([^/]*)|(blobs|manifests|referrers)\/([^/]+)|(tags\/list))$/.exec(path);
  const repository = match?.[1] ?? '';
  if (match === null || repository.length > 255 || !namePattern.test(repository))
    throw fault('registry.name_invalid', { name: repository || path });
  const [, , uploads, id, kind, argument = ''] = match;
  if (uploads !== undefined) return id ? { repository, kind: 'upload', id } : { repository, kind: 'uploads' };
  if (kind === 'blobs') return { repository, kind: 'blob', digest: argument };
  if (kind === 'manifests') return { repository, kind: 'manifest', reference: argument };
  if (kind === 'referrers') return { repository, kind: 'referrers', digest: argument };
  return { repository, kind: 'tags' };
}

/** `group/name` of a repository `group/name[/more]`. */
export function projectOf(repository: string): string {
  return repository.split('/').slice(0, 2).join('/');
}
