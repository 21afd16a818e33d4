import { request } from 'node:http';
import { readCredentials } from '../../src/client/credentials.ts';
import type { Platform } from './platform.ts';

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface RawRequest {
  method?: string;
  token?: string | null;
  body?: string | Uint8Array;
  headers?: Record<string, string>;
}

/** One request as an attacker's own client would send it: the path as written, nothing cleaned up. */
export function askRaw(origin: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const { method = 'GET', token = null, body, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        path,
        method,
        agent: false,
        headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The administrator's token, as `seto login` kept it. */
export function tokenOfOwner(platform: Platform): string {
  const token = readCredentials(platform.env)?.platforms[platform.url]?.token;
  if (token === undefined) throw new Error('nobody is signed in');
  return token;
}
