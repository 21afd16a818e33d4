/** pkt-line framing (gitprotocol-common(5)): four hex digits of length, itself included, then the bytes. */
export const flushPkt = Buffer.from('0000');

export function pktLine(data: string | Uint8Array): Buffer {
  const body = typeof data === 'string' ? Buffer.from(data) : data;
  return Buffer.concat([Buffer.from((body.length + 4).toString(16).padStart(4, '0')), body]);
}

/** Lines for the pusher's terminal: sideband 2 (gitprotocol-pack(5)), each `remote: …` there. */
export function sidebandMessage(text: string): Buffer {
  const lines = text.split('\n').map((line) => Buffer.from(`${line}\n`));
  // 1,000 bytes is the packet limit of plain side-band; both kinds take it.
  return Buffer.concat(lines.flatMap((line) => chunks(line, 990)).map((part) => channel(2, part)));
}

/** Data on a sideband channel: 1 = the reply itself, 2 = messages, 3 = fatal error. */
export function channel(number: 1 | 2 | 3, data: Uint8Array): Buffer {
  return pktLine(Buffer.concat([Buffer.from([number]), data]));
}

function chunks(data: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) parts.push(data.subarray(at, at + size));
  return parts;
}

/**
 * Takes one pkt-line off the front of `data`: its payload, `null` for a flush, `undefined` where more bytes are needed.
 * Throws on a length that is none.
 */
export function takePktLine(data: Buffer): { payload: Buffer | null; rest: Buffer } | undefined {
  if (data.length < 4) return undefined;
  const digits = data.subarray(0, 4).toString('latin1');
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new Error('not a pkt-line');
  const length = Number.parseInt(digits, 16);
  if (length === 0) return { payload: null, rest: data.subarray(4) };
  if (length < 4) throw new Error('not a pkt-line');
  if (data.length < length) return undefined;
  return { payload: data.subarray(4, length), rest: data.subarray(length) };
}
