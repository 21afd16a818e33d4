import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { fault } from '../../../shared/errors.ts';
import type { Log } from '../../../shared/log.ts';
import { start } from '../../../shared/subprocess.ts';
import { gitArgv, gitEnvironment } from './git-command.ts';
import { channel, flushPkt, pktLine, sidebandMessage } from './pkt-line.ts';
import { reportReader } from './receive-report.ts';
import { type ReceiveRequest, type RefCommand, readReceiveRequest } from './receive-request.ts';

export type GitServiceName = 'git-upload-pack' | 'git-receive-pack';

/** A request's body as it came, and what its headers say about it. */
export interface GitBody {
  stream: Readable;
  /** Content-Encoding; git sends gzip above 1 kB. */
  encoding: string | undefined;
  /** Git-Protocol, e.g. `version=2`. */
  protocol: string | undefined;
}

/** What stands around a push: who may, and what happens when git has kept it. */
export interface PushHooks {
  /** A reason for each ref that may not be pushed; one refusal refuses the whole push, as a pre-receive hook does. */
  refuse(commands: readonly RefCommand[]): ReadonlyMap<string, string>;
  /** Called before git writes anything; its result goes to `after`. */
  before(request: ReceiveRequest): Promise<void> | void;
  /** Called once git is done, also when the pusher is gone, with the refs that git moved; returns what the pusher shall read. */
  after(request: ReceiveRequest, accepted: ReadonlySet<string>): Promise<string>;
  /** What the other refs of a refused push are told. */
  declined: string;
}

/** Without a byte for so long a transfer is ended; shorter breaks slow links, longer keeps dead ones. */
const silenceMs = 60_000;

/** The first reply of smart HTTP (gitprotocol-http(5)): the refs, or protocol v2's capabilities. */
export function advertise(
  folder: string,
  service: GitServiceName,
  protocol: string | undefined,
  log: Log,
): Readable {
  const version2 = service === 'git-upload-pack' && /(^|:)version=2($|:)/.test(protocol ?? '');
  const child = start(gitArgv([service.slice(4), '--stateless-rpc', '--advertise-refs', folder]), {
    env: gitEnvironment(version2 ? { GIT_PROTOCOL: 'version=2' } : {}),
  });
  child.stdin.end();
  watch(child, service, log);
  if (version2) return Readable.from(child.stdout);
  const prefix = Buffer.concat([pktLine(`# service=${service}\n`), flushPkt]);
  return Readable.from(
    (async function* () {
      yield prefix;
      yield* child.stdout as AsyncIterable<Buffer>;
    })(),
  );
}

/** Answers a fetch or clone; ends git when the caller is gone. */
export function uploadPack(folder: string, body: GitBody, signal: AbortSignal, log: Log): Readable {
  const child = start(gitArgv(['upload-pack', '--stateless-rpc', folder]), {
    env: gitEnvironment(body.protocol ? { GIT_PROTOCOL: body.protocol } : {}),
  });
  watch(child, 'git-upload-pack', log);
  const stop = () => child.kill('SIGKILL');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  child.on('close', () => signal.removeEventListener('abort', stop));
  pipeline(decoded(body), child.stdin as NodeJS.WritableStream).catch(() => child.stdin.end());
  return Readable.from(child.stdout);
}

/** Takes a push in. The reply is git's own, with what `after` says put before its final flush. */
export async function receivePack(
  folder: string,
  body: GitBody,
  hooks: PushHooks,
  log: Log,
): Promise<Readable> {
  const input = decoded(body);
  let request: ReceiveRequest;
  try {
    request = await readReceiveRequest(input);
  } catch (error) {
    throw fault('forge.bad_push', { problem: error instanceof Error ? error.message : String(error) });
  }
  const refused = hooks.refuse(request.commands);
  if (refused.size > 0) {
    await drain(input);
    return Readable.from([refusal(request, refused, hooks.declined)]);
  }
  await hooks.before(request);
  const child = start(gitArgv(['receive-pack', '--stateless-rpc', folder]), { env: gitEnvironment() });
  watch(child, 'git-receive-pack', log);
  const feed = async () => {
    child.stdin.write(request.head);
    await pipeline(input, child.stdin as NodeJS.WritableStream);
  };
  // Without the rest of the body git refuses the pack by itself; nothing half is kept (quarantine).
  feed().catch(() => child.kill('SIGTERM'));
  const out = new PassThrough();
  const talks = [...request.capabilities].some((each) => each.startsWith('side-band'));
  const relay = async () => {
    let held: Buffer = Buffer.alloc(0);
    const report = reportReader(talks);
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      report.take(chunk);
      const all = Buffer.concat([held, chunk]);
      held = all.subarray(Math.max(0, all.length - 4));
      if (all.length > 4 && !out.destroyed && !out.write(all.subarray(0, all.length - 4))) await room(out);
    }
    const text = request.commands.length === 0 ? '' : await hooks.after(request, report.accepted());
    if (out.destroyed) return;
    if (talks && text !== '' && held.equals(flushPkt)) out.write(sidebandMessage(text));
    out.end(held);
  };
  relay().catch((error) => {
    log.error({ err: error, folder }, 'after a push something failed; it is taken up at the next start');
    out.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return out;
}

function refusal(request: ReceiveRequest, refused: ReadonlyMap<string, string>, declined: string): Buffer {
  const report = Buffer.concat([
    pktLine('unpack ok\n'),
    ...request.commands.map(({ ref }) => pktLine(`ng ${ref} ${refused.get(ref) ?? declined}\n`)),
    flushPkt,
  ]);
  if (![...request.capabilities].some((each) => each.startsWith('side-band'))) return report;
  const parts: Buffer[] = [];
  for (let at = 0; at < report.length; at += 990) parts.push(channel(1, report.subarray(at, at + 990)));
  return Buffer.concat([...parts, flushPkt]);
}

/** The body as git wants it; ends with an error after 60 s without a byte. */
function decoded({ stream, encoding }: GitBody): Readable {
  let timer: NodeJS.Timeout | undefined;
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stream.destroy(new Error('60 s without a byte')), silenceMs);
    timer.unref();
  };
  arm();
  const output =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? stream.pipe(createGunzip())
      : stream.pipe(new PassThrough());
  // Between two readers nobody listens, and an error without a listener would end the whole process.
  output.on('error', () => undefined);
  stream.on('data', arm);
  stream.on('close', () => {
    clearTimeout(timer);
    if (!stream.readableEnded) output.destroy(new Error('the body ended early'));
  });
  stream.on('error', (error) => output.destroy(error));
  return output;
}

/** Reads the rest of a refused push away: git shows the answer only after it has sent everything. */
async function drain(input: Readable): Promise<void> {
  try {
    for await (const chunk of input) void chunk;
  } catch {
    // The pusher is gone: nobody reads the answer.
  }
}

function room(out: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      out.off('drain', done).off('close', done);
      resolve();
    };
    out.on('drain', done).on('close', done);
  });
}

function watch(child: ReturnType<typeof start>, service: string, log: Log): void {
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < 4000) said += chunk.toString();
  });
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => log.error({ err: error, service }, 'git could not be started'));
  child.on('close', (code) => {
    if (code !== 0) log.info({ service, code, said }, 'git ended with an error');
  });
}
