import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import busboy from 'busboy';

/** What a test tells the server to do with the next call of a kind: answer so, or cut the connection. */
export type Fault = { status: number; headers?: Record<string, string>; body?: string } | 'reset';

export interface Upload {
  jobId: number;
  query: Record<string, string>;
  filename: string;
  data: Buffer;
}

/** A server that plays GitLab's side of the runner protocol from a list, for tests of the runner alone. */
export interface RunnerServer {
  url: string;
  /** Jobs to hand out, first first. */
  queue: object[];
  traces: Map<number, Buffer>;
  states: { id: number; body: Record<string, unknown> }[];
  uploads: Upload[];
  /** Artifacts by job id, for downloads. */
  artifacts: Map<number, Buffer>;
  /** `Job-Status` of the replies. */
  status: Map<number, string>;
  faults: { trace: Fault[]; update: Fault[]; upload: Fault[]; download: Fault[]; request: Fault[] };
  calls: string[];
  /** Other routes (nodes, ID tokens): first that returns true has answered. */
  extra: ((request: IncomingMessage, body: Buffer, response: ServerResponse) => boolean)[];
  final(id: number): Record<string, unknown> | undefined;
  trace(id: number): string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startRunnerServer(): Promise<RunnerServer> {
  let server: Server | null = null;
  let port = 0;
  const held = new Set<ServerResponse>();
  const play: RunnerServer = {
    url: '',
    queue: [],
    traces: new Map(),
    states: [],
    uploads: [],
    artifacts: new Map(),
    status: new Map(),
    faults: { trace: [], update: [], upload: [], download: [], request: [] },
    calls: [],
    extra: [],
    final: (id) => play.states.findLast((each) => each.id === id && each.body['state'] !== 'running')?.body,
    trace: (id) => (play.traces.get(id) ?? Buffer.alloc(0)).toString(),
    stop: async () => {
      const closing = server;
      server = null;
      closing?.closeAllConnections();
      await new Promise((resolve) => (closing ? closing.close(resolve) : resolve(null)));
    },
    start: () =>
      new Promise((resolve) => {
        const listening = createServer((request, response) => void answer(request, response));
        server = listening;
        listening.listen(port, '127.0.0.1', () => {
          port = (listening.address() as AddressInfo).port;
          play.url = `http://127.0.0.1:${port}`;
          resolve();
        });
      }),
  };
  const faulty = (kind: keyof RunnerServer['faults'], request: IncomingMessage, response: ServerResponse) => {
    const fault = play.faults[kind].shift();
    if (fault === undefined) return false;
    if (fault === 'reset') request.socket.destroy();
    else response.writeHead(fault.status, fault.headers ?? {}).end(fault.body);
    return true;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://x');
    play.calls.push(`${request.method} ${url.pathname}`);
    const [, id, rest = ''] = /^\/api\/v4\/jobs\/(\d+)(.*)$/.exec(url.pathname) ?? [];
    if (request.method === 'POST' && rest === '/artifacts') return upload(Number(id), url, request, response);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks);
    if (play.extra.some((each) => each(request, body, response))) return;
    if (url.pathname === '/api/v4/jobs/request') {
      if (faulty('request', request, response)) return;
      const job = play.queue.shift();
      if (job) response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(job));
      else {
        held.add(response);
        setTimeout(() => response.writeHead(204, { 'x-gitlab-last-update': 'v1' }).end(), 200);
      }
      return;
    }
    const headers = {
      'job-status': play.status.get(Number(id)) ?? 'running',
      'x-gitlab-trace-update-interval': '1',
    };
    if (id !== undefined && rest === '/trace') {
      if (faulty('trace', request, response)) return;
      const range = request.headers['content-range'];
      const [, from] = /^(\d+)-(\d+)$/.exec(typeof range === 'string' ? range : '') ?? [];
      const trace = play.traces.get(Number(id)) ?? Buffer.alloc(0);
      if (Number(from) > trace.length) {
        response.writeHead(416, { ...headers, range: `0-${trace.length}` }).end();
        return;
      }
      play.traces.set(Number(id), Buffer.concat([trace.subarray(0, Number(from)), body]));
      response.writeHead(202, headers).end();
    } else if (request.method === 'PUT') {
      if (faulty('update', request, response)) return;
      play.states.push({ id: Number(id), body: JSON.parse(body.toString()) as Record<string, unknown> });
      response.writeHead(200, headers).end();
    } else if (request.method === 'GET' && rest === '/artifacts') {
      if (faulty('download', request, response)) return;
      const data = play.artifacts.get(Number(id));
      response.writeHead(data ? 200 : 404).end(data);
    } else response.writeHead(404).end();
  };
  const upload = (id: number, url: URL, request: IncomingMessage, response: ServerResponse): void => {
    if (faulty('upload', request, response)) return;
    const query = Object.fromEntries(url.searchParams);
    const parser = busboy({ headers: request.headers });
    parser.on('file', (_name, stream, { filename }) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        play.uploads.push({ jobId: id, query, filename: filename ?? '', data: Buffer.concat(chunks) });
      });
    });
    parser.on('close', () => response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":7}'));
    request.pipe(parser);
  };
  await play.start();
  return play;
}
