import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { groupPattern, referencePattern } from '../api/contract/gateway.ts';
import { isPacked, unpackBody } from '../shared/content-coding.ts';
import { fault } from '../shared/errors.ts';

/** Bytes of request bodies held at once by the whole gateway; more is refused until some are answered. */
const heldLimitBytes = 512 * 1024 * 1024;
let heldBytes = 0;

/** Reads a body to its end, without its gzip or deflate, or throws `core.too_large`. Call `release` when the bytes are no longer needed. */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
): Promise<{ bytes: Buffer; release: () => void }> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limitBytes) throw tooLarge(limitBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  let counted = 0;
  const count = (bytes: number): void => {
    if (heldBytes + bytes - counted > heldLimitBytes) throw fault('endpoint.busy', {});
    heldBytes += bytes - counted;
    counted = bytes;
  };
  const release = (): void => {
    heldBytes -= counted;
    counted = 0;
  };
  // What is announced counts before it comes: many senders at once would each find room that all of them fill.
  count(announced);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limitBytes) throw tooLarge(limitBytes);
      if (size > counted) count(size);
      chunks.push(chunk);
    }
    const [only] = chunks;
    const sent = chunks.length === 1 && only ? only : Buffer.concat(chunks);
    const encoding = request.headers['content-encoding'];
    if (!isPacked(encoding)) return { bytes: sent, release };
    // All it may grow to counts until it is known how much it is.
    count(size + limitBytes);
    const bytes = await unpackBody(sent, encoding, limitBytes);
    count(bytes.length);
    return { bytes, release };
  } catch (error) {
    release();
    throw error;
  }
}

function tooLarge(limitBytes: number): Error {
  return fault('core.too_large', {
    what: 'The request',
    limit: `${Math.round(limitBytes / 1024 / 1024)} MB`,
  });
}

/** A picture and what the sender says about it. */
export interface SentPicture {
  bytes: Buffer;
  type: string;
  reference: string | null;
  group: string | null;
}

/** Takes a picture from a body: the body itself, or field `file` of a multipart form. */
export async function pictureOf(request: IncomingMessage, body: Buffer): Promise<SentPicture> {
  const type = request.headers['content-type'] ?? 'application/octet-stream';
  const header = (name: string): string | null => {
    const value = request.headers[name];
    return typeof value === 'string' && value !== '' ? decodeHeader(value) : null;
  };
  const sent: SentPicture = {
    bytes: body,
    type,
    reference: header('x-seto-reference'),
    group: header('x-seto-group'),
  };
  if (/^multipart\/form-data\b/i.test(type)) await readForm(type, body, sent);
  if (sent.reference !== null && !referencePattern.test(sent.reference))
    throw fault('core.bad_input', { problems: 'reference: one line of 1 to 200 characters' });
  if (sent.group !== null && !groupPattern.test(sent.group))
    throw fault('core.bad_input', { problems: 'group: 1 to 200 characters without spaces' });
  return sent;
}

/** Header values are Latin-1 on the wire; UTF-8 serial numbers come through as such or percent-encoded. */
function decodeHeader(value: string): string {
  try {
    return decodeURIComponent(Buffer.from(value, 'latin1').toString('utf8'));
  } catch {
    return Buffer.from(value, 'latin1').toString('utf8');
  }
}

function readForm(type: string, body: Buffer, into: SentPicture): Promise<void> {
  return new Promise((resolve, reject) => {
    const bad = (problem: string) => fault('core.bad_input', { problems: problem });
    let file: Buffer[] | null = null;
    let form: ReturnType<typeof busboy>;
    try {
      form = busboy({ headers: { 'content-type': type }, limits: { files: 1, fields: 20, fieldSize: 1000 } });
    } catch {
      reject(bad('multipart: no boundary'));
      return;
    }
    form.on('file', (name, content, info) => {
      if (name !== 'file') {
        content.on('error', () => undefined);
        content.resume();
        return;
      }
      const parts: Buffer[] = [];
      file = parts;
      into.type = info.mimeType;
      content.on('data', (chunk: Buffer) => parts.push(chunk));
      // A body that ends within the file fails the file before the form; unheard, that would end the process.
      content.on('error', () => reject(bad('multipart: it is cut short')));
    });
    form.on('field', (name, value) => {
      if (name === 'reference' && value !== '') into.reference = value;
      if (name === 'group' && value !== '') into.group = value;
    });
    form.on('error', () => reject(bad('multipart: it is cut short')));
    form.on('close', () => {
      if (file === null) return reject(bad('multipart: no field “file”'));
      into.bytes = Buffer.concat(file);
      resolve();
    });
    form.end(body);
  });
}
