import type { Readable } from 'node:stream';
import type { Identity } from '../identity/identity.ts';
import { mediaTypes } from '../images/image.ts';
import { manifestLimitBytes } from '../images/registry/manifests.ts';
import { parsePlace, projectOf, type RegistryPlace } from '../images/registry/names.ts';
import type { Registry } from '../images/registry/registry.ts';
import { fault } from '../shared/errors.ts';
import { withoutStall } from '../storage/steady-body.ts';
import {
  registryChunk,
  registryDelete,
  registryHead,
  registryPing,
  registryPingHead,
  registryPut,
  registryRead,
  registryUpload,
} from './contract/registry.ts';
import { type Call, type ErrorForm, type Handler, handle, type Subject } from './handle.ts';

export interface RegistryHandlerDeps {
  registry: Registry;
  identity: Pick<Identity, 'projectByPath' | 'canSee'>;
}

type RegistryCall = Call<{ '*': string }, Record<string, string>>;

/** The OCI Distribution face of the registry (distribution-spec 1.1). */
export function registryHandlers({ registry, identity }: RegistryHandlerDeps): Handler[] {
  const options = {
    onError: ociError,
    subject: ({ params }: { params: { '*': string } }): Subject => {
      if (params['*'] === '') throw fault('core.method', { allow: pingMethods });
      const { repository } = parsePlace(params['*']);
      const project = identity.projectByPath(projectOf(repository));
      if (project === null) throw fault('registry.name_unknown', { name: repository });
      return { projectId: project.id };
    },
  };
  const { blobs, uploads, manifests } = registry;
  const unsupported = (): never => {
    throw fault('core.not_found', { what: 'OCI endpoint with this method' });
  };
  const read = async (call: RegistryCall, withBody: boolean) => {
    const place = parsePlace(call.params['*']);
    switch (place.kind) {
      case 'blob':
        return sendBlob(call, registry, place, withBody);
      case 'manifest': {
        const found = manifests.get(place.repository, place.reference);
        return call.reply
          .headers({
            'content-type': found.mediaType,
            'content-length': found.content.length,
            'docker-content-digest': found.digest,
            etag: `"${found.digest}"`,
          })
          .send(withBody ? found.content : undefined);
      }
      case 'upload':
        return accepted(call, place, place.id, uploads.received(place.repository, place.id), 204);
      case 'tags':
        return sendTags(call, registry, place.repository);
      case 'referrers':
        return sendReferrers(call, registry, place.repository, place.digest);
      default:
        return unsupported();
    }
  };
  return [
    ...[registryPing, registryPingHead].map((route) =>
      handle(
        route,
        ({ reply }) => {
          reply.header('docker-distribution-api-version', 'registry/2.0');
          return void reply.send({});
        },
        { onError: ociError },
      ),
    ),
    handle(registryRead, async (call) => void (await read(call, true)), options),
    handle(registryHead, async (call) => void (await read(call, false)), options),
    handle(
      registryUpload,
      async (call) => {
        const place = parsePlace(call.params['*']);
        if (place.kind !== 'uploads') return unsupported();
        const { digest, mount, from } = call.query;
        if (mount !== undefined && from !== undefined) {
          const source = identity.projectByPath(projectOf(from));
          if (
            source !== null &&
            identity.canSee(call.principal, source.id) &&
            blobs.mount(place.repository, mount, from)
          )
            return void created(call, place, 'blobs', mount);
        }
        if (mount !== undefined && blobs.stat(place.repository, mount) !== null)
          return void created(call, place, 'blobs', mount);
        if (digest !== undefined && digest !== '') {
          await blobs.add(place.repository, digest, call.stream);
          return void created(call, place, 'blobs', digest);
        }
        return void accepted(call, place, uploads.begin(place.repository), 0, 202);
      },
      options,
    ),
    handle(
      registryChunk,
      async (call) => {
        const place = parsePlace(call.params['*']);
        if (place.kind !== 'upload') return unsupported();
        const received = await uploads.append(place.repository, place.id, call.stream, rangeOf(call));
        return void accepted(call, place, place.id, received, 202);
      },
      options,
    ),
    handle(
      registryPut,
      async (call) => {
        const place = parsePlace(call.params['*']);
        if (place.kind === 'upload') {
          const digest = call.query['digest'] ?? '';
          await uploads.finish(place.repository, place.id, digest, call.stream, rangeOf(call));
          return void created(call, place, 'blobs', digest);
        }
        if (place.kind !== 'manifest') return unsupported();
        const content = await readManifest(call.stream);
        const type = (call.headers['content-type'] ?? mediaTypes.manifest).split(';')[0]?.trim() ?? '';
        const projectId = options.subject(call).projectId;
        const put = manifests.put(place.repository, place.reference, type, content, projectId);
        if (put.subject !== null) call.reply.header('oci-subject', put.subject);
        return void created(call, place, 'manifests', put.digest);
      },
      options,
    ),
    handle(
      registryDelete,
      async (call) => {
        const place = parsePlace(call.params['*']);
        if (place.kind === 'blob') blobs.remove(place.repository, place.digest);
        else if (place.kind === 'manifest') manifests.remove(place.repository, place.reference);
        else if (place.kind === 'upload') await uploads.cancel(place.repository, place.id);
        else return unsupported();
        return void call.reply.status(place.kind === 'upload' ? 204 : 202).send();
      },
      options,
    ),
  ];
}

async function sendBlob(
  call: RegistryCall,
  registry: Registry,
  place: Extract<RegistryPlace, { kind: 'blob' }>,
  withBody: boolean,
) {
  const { reply, headers } = call;
  const found = registry.blobs.stat(place.repository, place.digest);
  if (found === null) throw fault('registry.blob_unknown', { digest: place.digest });
  const { size } = found;
  reply.headers({
    'content-type': 'application/octet-stream',
    'docker-content-digest': place.digest,
    etag: `"${place.digest}"`,
    'accept-ranges': 'bytes',
  });
  const asked = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  const first = Number(asked?.[1] ?? 0);
  const last = Math.min(asked?.[2] ? Number(asked[2]) : size - 1, size - 1);
  if (asked !== null && (first >= size || last < first)) {
    reply.header('content-range', `bytes */${size}`);
    throw fault('registry.range_invalid', { received: size });
  }
  if (asked !== null) reply.status(206).header('content-range', `bytes ${first}-${last}/${size}`);
  reply.header('content-length', size === 0 ? 0 : last - first + 1);
  if (!withBody || size === 0) return reply.send();
  return reply.send(await registry.blobs.open(place.repository, place.digest, { first, last }));
}

function sendTags({ reply, query }: RegistryCall, registry: Registry, repository: string) {
  const limit = query['n'] === undefined ? null : Math.max(0, Number.parseInt(query['n'], 10) || 0);
  const { tags, more } = registry.manifests.tags(repository, query['last'] ?? '', limit);
  if (more) reply.header('link', `</v2/${repository}/tags/list?n=${limit}&last=${tags.at(-1)}>; rel="next"`);
  return reply.send({ name: repository, tags });
}

function sendReferrers(
  { reply, query }: RegistryCall,
  registry: Registry,
  repository: string,
  digest: string,
) {
  const type = query['artifactType'];
  if (type !== undefined) reply.header('oci-filters-applied', 'artifactType');
  const manifests = registry.manifests.referrers(repository, digest, type ?? null);
  return reply
    .header('content-type', mediaTypes.index)
    .send(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests })));
}

function created(
  { reply }: RegistryCall,
  { repository }: RegistryPlace,
  kind: 'blobs' | 'manifests',
  digest: string,
) {
  return reply
    .status(201)
    .headers({ location: `/v2/${repository}/${kind}/${digest}`, 'docker-content-digest': digest })
    .send();
}

function accepted(
  { reply }: RegistryCall,
  place: RegistryPlace,
  id: string,
  received: number,
  status: 202 | 204,
) {
  return reply
    .status(status)
    .headers({
      location: `/v2/${place.repository}/blobs/uploads/${id}`,
      range: `0-${Math.max(0, received - 1)}`,
      'docker-upload-uuid': id,
    })
    .send();
}

/** Content-Range of a chunk: `FIRST-LAST` (OCI), also `bytes FIRST-LAST/…` (RFC 9110). */
function rangeOf({ headers }: RegistryCall): { first: number; last: number } | null {
  const value = headers['content-range'];
  if (value === undefined) return null;
  const match = /^(?:bytes )?(\d+)-(\d+)(?:\/.*)?$/.exec(value);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match === null || last < first) throw fault('registry.range_invalid', { received: value });
  const length = headers['content-length'];
  if (length !== undefined && Number(length) !== last - first + 1) throw fault('registry.size_invalid');
  return { first, last };
}

async function readManifest(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of withoutStall(body, 60_000)) {
    size += chunk.length;
    if (size > manifestLimitBytes) throw fault('core.too_large', { what: 'The manifest', limit: '4 MB' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Errors in the registry's own form (distribution-spec, "Error Codes"). */
/** What `/v2/` itself takes. */
const pingMethods = 'GET, HEAD';

const ociError: ErrorForm = ({ reply }, error) => {
  if (error.status === 401) reply.header('www-authenticate', 'Basic realm="seto"');
  if (error.code === 'core.method') reply.header('allow', pingMethods);
  const form = formOf(error);
  reply.status(form.status).type('application/json').removeHeader('content-length');
  return reply.send({
    errors: [{ code: form.code, message: error.message, detail: { code: error.code, remedy: error.remedy } }],
  });
};

function formOf({ status, code }: { status: number; code: string }): { status: number; code: string } {
  if (code === 'storage.mismatch') return { status: 400, code: 'DIGEST_INVALID' };
  if (code === 'registry.range_invalid') return { status, code: 'BLOB_UPLOAD_INVALID' };
  if (code === 'registry.upload_unknown') return { status, code: 'BLOB_UPLOAD_UNKNOWN' };
  if (code === 'registry.tag_invalid') return { status, code: 'MANIFEST_INVALID' };
  if (code === 'registry.in_use') return { status, code: 'DENIED' };
  if (code.startsWith('registry.')) return { status, code: code.slice('registry.'.length).toUpperCase() };
  if (status === 401) return { status, code: 'UNAUTHORIZED' };
  if (status === 403) return { status, code: 'DENIED' };
  if (status === 429) return { status, code: 'TOOMANYREQUESTS' };
  return { status, code: 'UNSUPPORTED' };
}
