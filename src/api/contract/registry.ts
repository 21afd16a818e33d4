import * as z from 'zod';
import type { Action } from './access.ts';
import { type Method, route, stream } from './route.ts';

const rest = z.object({ '*': z.string() });
const anything = z.record(z.string(), z.string());

/** The OCI Distribution face: one route a method, since repository names hold slashes. */
function face(method: Method, action: Action, summary: string) {
  return route({
    method,
    path: '/v2/*',
    action,
    summary,
    params: rest,
    query: anything,
    body: stream,
    reply: stream,
  });
}

export const registryPing = route({
  method: 'GET',
  path: '/v2/',
  action: 'image.list',
  summary: 'The registry is here and knows the caller (OCI end-1)',
  reply: stream,
});
export const registryPingHead = route({
  method: 'HEAD',
  path: '/v2/',
  action: 'image.list',
  summary: 'The same without a body',
  reply: stream,
});
export const registryRead = face(
  'GET',
  'image.read',
  'Blobs, manifests, tags, referrers, upload status (OCI)',
);
export const registryHead = face('HEAD', 'image.read', 'Whether a blob or manifest is there (OCI)');
export const registryUpload = face(
  'POST',
  'image.write',
  'Open an upload, send it whole, or mount a blob (OCI)',
);
export const registryChunk = face('PATCH', 'image.write', 'Send a chunk (OCI)');
export const registryPut = face('PUT', 'image.write', 'End an upload, or put a manifest (OCI)');
export const registryDelete = face(
  'DELETE',
  'image.delete',
  'Delete a blob, manifest or tag; cancel an upload (OCI)',
);
