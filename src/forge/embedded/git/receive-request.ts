import type { Readable } from 'node:stream';
import { takePktLine } from './pkt-line.ts';

/** One line of a push: from which commit to which a ref shall go (zeros for none). */
export interface RefCommand {
  oldSha: string;
  newSha: string;
  ref: string;
}

export interface ReceiveRequest {
  commands: readonly RefCommand[];
  capabilities: ReadonlySet<string>;
  options: readonly string[];
  /** Every byte read so far, to be given to git before the rest of the body. */
  head: Buffer;
}

/** More than 100,000 refs in one push; a smaller limit would refuse mirrors, a larger one lets a client fill memory. */
const headLimitBytes = 16 * 1024 * 1024;

/**
 * Reads the command list (and push options) of a receive-pack request off a stream, leaving the pack in it
 * (gitprotocol-pack(5), "Pushing Data to a Server"). Throws where the bytes are no such request.
 */
export async function readReceiveRequest(body: Readable): Promise<ReceiveRequest> {
  const taken: Buffer[] = [];
  let pending: Buffer = Buffer.alloc(0);
  let size = 0;
  const line = async (): Promise<Buffer | null | undefined> => {
    for (;;) {
      const next = takePktLine(pending);
      if (next) {
        pending = next.rest;
        return next.payload;
      }
      const chunk = await nextChunk(body);
      if (chunk === null) {
        if (pending.length > 0) throw new Error('the request ends inside a line');
        return undefined;
      }
      taken.push(chunk);
      size += chunk.length;
      if (size - chunk.length > headLimitBytes) throw new Error('more than 16 MB of refs');
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    }
  };
  const commands: RefCommand[] = [];
  const capabilities = new Set<string>();
  for (;;) {
    const payload = await line();
    if (payload === undefined && commands.length > 0) throw new Error('the command list has no end');
    if (!payload) break;
    const zero = payload.indexOf(0);
    const text = (zero < 0 ? payload : payload.subarray(0, zero)).toString().trimEnd();
    if (zero >= 0)
      for (const each of payload
        .subarray(zero + 1)
        .toString()
        .trim()
        .split(' '))
        capabilities.add(each);
    if (text.startsWith('shallow ')) continue;
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (refs\/.+|HEAD)$/.exec(text);
    if (!match?.[1] || !match[2] || !match[3]) throw new Error(`not a command: ${text.slice(0, 80)}`);
    commands.push({ oldSha: match[1], newSha: match[2], ref: match[3] });
  }
  const options: string[] = [];
  if (commands.length > 0 && capabilities.has('push-options'))
    for (let payload = await line(); payload; payload = await line())
      options.push(payload.toString().trimEnd());
  return { commands, capabilities, options, head: Buffer.concat(taken) };
}

/** The next bytes of a stream; null at its end. */
function nextChunk(stream: Readable): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const attempt = () => {
      const chunk = stream.read() as Buffer | null;
      if (chunk !== null) finish(chunk);
      else if (stream.readableEnded) finish(null);
      else if (stream.destroyed) failed(stream.errored ?? new Error('the request ended early'));
    };
    const finish = (chunk: Buffer | null) => {
      stream.off('readable', attempt).off('end', ended).off('error', failed).off('close', ended);
      resolve(chunk);
    };
    const ended = () => finish(null);
    const failed = (error: Error) => {
      stream.off('readable', attempt).off('end', ended).off('error', failed).off('close', ended);
      reject(error);
    };
    stream.on('readable', attempt).on('end', ended).on('error', failed).on('close', ended);
    attempt();
  });
}
