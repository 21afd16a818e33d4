import { connect, type Socket } from 'node:net';
import { percentile } from './table.ts';

/** Where a server listens. */
export type Target = { path: string } | { host: string; port: number };

/** What a load left: answers in a second, and milliseconds of one request. */
export interface Load {
  perSecond: number;
  p50: number;
  p99: number;
}

/** One whole HTTP/1.1 request as bytes: client work beside two cores must cost nothing. */
export function requestBytes(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', 'content-length': String(body.length), ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
}

/** One kept connection that asks one thing after the other. */
export interface Asker {
  /** Milliseconds until the whole answer was there; rejects where it is not 200. */
  ask(request: Buffer): Promise<number>;
  close(): void;
}

export async function openAsker(target: Target): Promise<Asker> {
  const socket: Socket = connect(target);
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  let got = Buffer.alloc(0);
  let waiting: { resolve(): void; reject(error: Error): void } | null = null;
  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = null;
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  socket.on('data', (chunk) => {
    got = got.length === 0 ? Buffer.from(chunk) : Buffer.concat([got, chunk]);
    const end = got.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = got.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (got.length < end + 4 + length) return;
    const body = got;
    got = Buffer.alloc(0);
    const { resolve, reject } = waiting ?? { resolve: () => undefined, reject: () => undefined };
    waiting = null;
    if (head.startsWith('HTTP/1.1 200')) resolve();
    else reject(new Error(body.toString('utf8').slice(0, 600)));
  });
  return {
    ask: async (request) => {
      const began = performance.now();
      await new Promise<void>((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      });
      return performance.now() - began;
    },
    close: () => socket.destroy(),
  };
}

/** Asks from `clients` connections for `ms`, after a fifth of that to warm up. */
export async function loadServer(
  target: Target,
  requests: readonly Buffer[],
  clients: number,
  ms: number,
): Promise<Load> {
  const askers = await Promise.all(Array.from({ length: clients }, () => openAsker(target)));
  try {
    return await loadOf(clients, ms, async (turn, client) => {
      const request = requests[turn % requests.length];
      if (request) await askers[client]?.ask(request);
    });
  } finally {
    for (const asker of askers) asker.close();
  }
}

/** Runs `work` from `clients` loops for `ms`, after a fifth of that to warm up, and counts. */
export async function loadOf(
  clients: number,
  ms: number,
  work: (turn: number, client: number) => Promise<void>,
): Promise<Load> {
  const start = performance.now() + ms / 5;
  const end = start + ms;
  const times: number[] = [];
  let turn = 0;
  const loop = async (client: number) => {
    for (let now = performance.now(); now < end; ) {
      await work(turn++, client);
      const after = performance.now();
      if (now >= start && after <= end) times.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => loop(client)));
  return {
    perSecond: (times.length * 1000) / ms,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  };
}
