import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { isPacked, unpackBody } from '../shared/content-coding.ts';
import { fault } from '../shared/errors.ts';

/** Bodies above this are refused: twice a camera's largest JPEG; more only fills memory. */
export const bodyLimitBytes = 20 * 1024 * 1024;

const limitText = '20 MB';

/**
 * Reads a body into memory and takes gzip or deflate off it; throws `core.too_large` as soon as it is known to be more
 * than the limit, before or after.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > bodyLimitBytes) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  const body = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks, size);
  const encoding = request.headers['content-encoding'];
  return isPacked(encoding) ? unpackBody(body, encoding, bodyLimitBytes) : body;
}

/** The picture of a request: the body itself, or the part `file` of multipart/form-data. */
export async function readPicture(request: IncomingMessage): Promise<Buffer> {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data/i.test(type)) return readBody(request);
  const body = await readBody(request);
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown) => reject(fault('serving.no_file', {}, { cause }));
    try {
      const parser = busboy({ headers: request.headers, limits: { files: 4, fields: 20, parts: 24 } });
      let found: Buffer | null = null;
      parser.on('file', (name, stream) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        // A body that ends within the file fails the file before the form; unheard, that would end the process.
        stream.on('error', fail);
        stream.on('end', () => {
          if (name === 'file') found = Buffer.concat(chunks);
        });
      });
      parser.on('error', fail);
      parser.on('close', () => (found === null ? fail() : resolve(found)));
      parser.end(body);
    } catch (cause) {
      fail(cause);
    }
  });
}

function tooLarge() {
  return fault('core.too_large', { what: 'The request', limit: limitText });
}
