import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { fault } from './errors.ts';

// Tells gzip from zlib by itself; `deflate` means zlib's format (RFC 9110 8.4.1.2).
const unpack = promisify(unzip);

/** Whether a body with this Content-Encoding is other than what it stands for. */
export function isPacked(encoding: string | undefined): encoding is string {
  return encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity';
}

/**
 * Takes the Content-Encoding off a request's body (RFC 9110 8.4): gzip or deflate. A few bytes may stand for
 * gigabytes, so it ends at `limitBytes`. @throws core.packed, core.too_large, core.bad_input
 */
export async function unpackBody(body: Buffer, encoding: string, limitBytes: number): Promise<Buffer> {
  if (!['gzip', 'x-gzip', 'deflate'].includes(encoding.toLowerCase()))
    throw fault('core.packed', { encoding });
  if (body.length === 0) return body;
  return unpack(body, { maxOutputLength: limitBytes }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ERR_BUFFER_TOO_LARGE')
      throw fault('core.too_large', {
        what: 'The request, unpacked,',
        limit: `${Math.round(limitBytes / 1024 / 1024)} MB`,
      });
    throw fault('core.bad_input', { problems: `body: not ${encoding}, or cut short` }, { cause });
  });
}
