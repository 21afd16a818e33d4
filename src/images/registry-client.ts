import { Readable } from 'node:stream';
import { fault } from '../shared/errors.ts';
import type { Outbound, OutboundResponse } from '../shared/outbound.ts';
import { type Descriptor, mediaTypes } from './image.ts';

/** One repository of a registry, as a client sees it (OCI distribution-spec 1.1). */
export interface RegistryClient {
  hasBlob(digest: string): Promise<boolean>;
  /** Sends a blob whole; the registry checks its digest. */
  putBlob(descriptor: Descriptor, body: Readable | Uint8Array): Promise<void>;
  getBlob(digest: string): Promise<Readable>;
  /** Shows a blob of another repository here without sending it; false where the registry does not. */
  mountBlob(digest: string, from: string): Promise<boolean>;
  putManifest(reference: string, mediaType: string, content: Uint8Array): Promise<void>;
  getManifest(reference: string): Promise<{ digest: string | null; mediaType: string; content: Buffer }>;
}

export interface RegistryOptions {
  outbound: Outbound;
  /** `http://127.0.0.1:7480`, without `/v2/`. */
  url: string;
  repository: string;
  /** Value of the Authorization header; null asks without. */
  authorization: string | null;
}

const accepted = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
].join(', ');

export function registryClient({
  outbound,
  url,
  repository,
  authorization,
}: RegistryOptions): RegistryClient {
  const base = `${url}/v2/${repository}`;
  const auth: Record<string, string> = authorization === null ? {} : { authorization };
  const send = async (
    method: 'GET' | 'HEAD' | 'POST' | 'PUT',
    address: string,
    options: {
      headers?: Record<string, string>;
      body?: Readable | Uint8Array;
      ok: readonly number[];
      what: string;
    },
  ): Promise<OutboundResponse> => {
    const response = await outbound.request(address, {
      method,
      headers: { ...(address.startsWith(`${url}/`) ? auth : {}), ...options.headers },
      body: options.body ?? null,
    });
    if (options.ok.includes(response.status)) return response;
    const text = await textOf(response.body);
    throw fault('image.registry', {
      url,
      what: options.what,
      status: response.status,
      message: messageOf(text),
    });
  };
  const drained = async (response: Promise<OutboundResponse>): Promise<OutboundResponse> => {
    const done = await response;
    await done.body.dump();
    return done;
  };
  return {
    hasBlob: async (digest) => {
      const { status } = await drained(
        send('HEAD', `${base}/blobs/${digest}`, { ok: [200, 404], what: `blob ${digest}` }),
      );
      return status === 200;
    },
    putBlob: async ({ digest, size }, body) => {
      const what = `blob ${digest}`;
      const begun = await drained(send('POST', `${base}/blobs/uploads/`, { ok: [202], what }));
      const target = new URL(String(begun.headers['location']), `${base}/blobs/uploads/`);
      target.searchParams.set('digest', digest);
      await drained(
        send('PUT', target.href, {
          headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
          body,
          ok: [201],
          what,
        }),
      );
    },
    getBlob: async (digest) => {
      let response = await send('GET', `${base}/blobs/${digest}`, {
        ok: [200, 301, 302, 303, 307, 308],
        what: `blob ${digest}`,
      });
      for (let hops = 0; response.status !== 200 && hops < 3; hops += 1) {
        await response.body.dump();
        const next = new URL(String(response.headers['location']), base).href;
        response = await send('GET', next, { ok: [200, 301, 302, 303, 307, 308], what: `blob ${digest}` });
      }
      return response.body;
    },
    mountBlob: async (digest, from) => {
      const query = new URLSearchParams({ mount: digest, from });
      const { status } = await drained(
        send('POST', `${base}/blobs/uploads/?${query}`, { ok: [201, 202], what: `mount of ${digest}` }),
      );
      return status === 201;
    },
    putManifest: async (reference, mediaType, content) => {
      await drained(
        send('PUT', `${base}/manifests/${reference}`, {
          headers: { 'content-type': mediaType },
          body: content,
          ok: [201],
          what: `manifest ${reference}`,
        }),
      );
    },
    getManifest: async (reference) => {
      const response = await send('GET', `${base}/manifests/${reference}`, {
        headers: { accept: accepted },
        ok: [200],
        what: `manifest ${reference}`,
      });
      const { 'docker-content-digest': digest, 'content-type': type } = response.headers;
      const chunks: Buffer[] = [];
      for await (const chunk of Readable.from(response.body)) chunks.push(chunk as Buffer);
      return {
        digest: typeof digest === 'string' ? digest : null,
        mediaType: String(type ?? mediaTypes.manifest).split(';')[0] ?? '',
        content: Buffer.concat(chunks),
      };
    },
  };
}

async function textOf(body: OutboundResponse['body']): Promise<string> {
  return (await body.text()).slice(0, 2000);
}

function messageOf(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: { message?: string }[] };
    return errors?.[0]?.message ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
