import { crc32 } from 'node:zlib';
import type { ForgeFixture } from './forge-fixture.ts';

export interface GivenJob {
  id: number;
  token: string;
  job_info: { name: string; stage: string };
  git_info: { repo_url: string; sha: string; refspecs: string[] };
  variables: { key: string; value: string; masked: boolean; file: boolean }[];
  steps: { name: string; script: string[] }[];
  dependencies: {
    id: number;
    name: string;
    token: string;
    artifacts_file: { filename: string; size: number };
  }[];
  cache: { key: string; policy: string }[];
  artifacts: { artifact_type: string; artifact_format: string; paths: string[] }[];
}

/** A runner that does word for word what a test tells it. */
export function scriptedRunner(fixture: ForgeFixture, token: string) {
  let lastUpdate: string | undefined;
  const call = (path: string, method: string, jobToken: string, init: RequestInit = {}) =>
    fixture.fetch(path, {
      ...init,
      method,
      token: null,
      headers: { 'JOB-TOKEN': jobToken, ...(init.headers as Record<string, string>) },
    });
  return {
    /** One request; null for 204. */
    request: async (
      options: { graceful?: boolean; hold?: boolean; signal?: AbortSignal } = {},
    ): Promise<GivenJob | null> => {
      const reply = await fixture.fetch('/api/v4/jobs/request', {
        method: 'POST',
        token: null,
        ...(options.signal ? { signal: options.signal } : {}),
        json: {
          token,
          info: { executor: 'shell', features: { cancel_gracefully: options.graceful ?? false } },
          ...(options.hold && lastUpdate ? { last_update: lastUpdate } : {}),
        },
      });
      lastUpdate = reply.headers.get('x-gitlab-last-update') ?? undefined;
      if (reply.status === 204) return null;
      if (reply.status !== 201) throw new Error(`jobs/request: ${reply.status} ${await reply.text()}`);
      return (await reply.json()) as GivenJob;
    },
    patch: (job: { id: number; token: string }, from: number, text: string) =>
      call(`/api/v4/jobs/${job.id}/trace`, 'PATCH', job.token, {
        body: text,
        headers: {
          'content-type': 'text/plain',
          'content-range': `${from}-${from + Buffer.byteLength(text) - 1}`,
        },
      }),
    update: (job: { id: number; token: string }, state: string, more: object = {}) =>
      call(`/api/v4/jobs/${job.id}`, 'PUT', job.token, {
        body: JSON.stringify({ token: job.token, state, ...more }),
        headers: { 'content-type': 'application/json' },
      }),
    upload: (
      job: { id: number; token: string },
      name: string,
      data: Uint8Array<ArrayBuffer>,
      query = 'artifact_type=archive&artifact_format=zip',
    ) => {
      const form = new FormData();
      form.append('file', new Blob([data]), name);
      return call(`/api/v4/jobs/${job.id}/artifacts?${query}`, 'POST', job.token, { body: form });
    },
    download: (id: number, jobToken: string) => call(`/api/v4/jobs/${id}/artifacts`, 'GET', jobToken),
    checksum: (text: string) => `crc32:${crc32(text).toString(16).padStart(8, '0')}`,
  };
}
