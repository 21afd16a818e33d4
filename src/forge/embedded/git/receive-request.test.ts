import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channel, flushPkt, pktLine, sidebandMessage, takePktLine } from './pkt-line.ts';
import { reportReader } from './receive-report.ts';
import { readReceiveRequest } from './receive-request.ts';

const one = '1'.repeat(40);
const two = '2'.repeat(40);
const request = Buffer.concat([
  pktLine(`${one} ${two} refs/heads/main\0 report-status side-band-64k push-options agent=git/2\n`),
  pktLine(`${one} ${'0'.repeat(40)} refs/heads/gone\n`),
  flushPkt,
  pktLine('ci.skip\n'),
  flushPkt,
  Buffer.from('PACK…'),
]);

async function rest(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('a receive-pack request', () => {
  it('ends where the sender was gone before anybody read', async () => {
    const gone = new PassThrough();
    gone.on('error', () => undefined).destroy(new Error('the body ended early'));
    await expect(readReceiveRequest(gone)).rejects.toThrow('ended early');
  });

  it('reads commands, capabilities and options, however the bytes are cut', async () => {
    for (const size of [1, 3, 7, 50, 4096]) {
      const stream = new PassThrough();
      for (let at = 0; at < request.length; at += size) stream.write(request.subarray(at, at + size));
      stream.end();
      const read = await readReceiveRequest(stream);
      expect(read.commands).toEqual([
        { oldSha: one, newSha: two, ref: 'refs/heads/main' },
        { oldSha: one, newSha: '0'.repeat(40), ref: 'refs/heads/gone' },
      ]);
      expect(read.options).toEqual(['ci.skip']);
      expect(read.capabilities.has('side-band-64k')).toBe(true);
      expect(read.head.toString() + (await rest(stream))).toBe(request.toString());
    }
  });

  it('takes the empty request that git sends to try its credentials', async () => {
    expect((await readReceiveRequest(Readable.from([flushPkt]))).commands).toEqual([]);
  });

  it('refuses what is cut off or none, and never hangs', async () => {
    await expect(readReceiveRequest(Readable.from([request.subarray(0, 60)]))).rejects.toThrow();
    await expect(readReceiveRequest(Readable.from([Buffer.from('GET / HTTP')]))).rejects.toThrow();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 6 }), async (chunks) => {
        const stream = Readable.from(
          chunks.filter((each) => each.length > 0).map((each) => Buffer.from(each)),
        );
        await readReceiveRequest(stream).catch(() => undefined);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('pkt-lines', () => {
  it('gives back what it framed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (data) => {
        const taken = takePktLine(Buffer.concat([pktLine(data), flushPkt]));
        expect(taken?.payload?.equals(Buffer.from(data))).toBe(true);
        expect(taken?.rest.equals(flushPkt)).toBe(true);
      }),
      { seed: 7 },
    );
    expect(takePktLine(Buffer.from('000'))).toBeUndefined();
    expect(() => takePktLine(Buffer.from('0002'))).toThrow();
  });

  it('cuts long messages into packets that plain side-band takes', () => {
    let left: Buffer = sidebandMessage(`${'長'.repeat(900)}\nend`);
    let text = Buffer.alloc(0);
    for (let next = takePktLine(left); next; next = takePktLine(left)) {
      expect(next.payload?.[0]).toBe(2);
      expect(next.payload?.length).toBeLessThanOrEqual(996);
      text = Buffer.concat([text, next.payload?.subarray(1) ?? Buffer.alloc(0)]);
      left = next.rest;
    }
    expect(text.toString()).toBe(`${'長'.repeat(900)}\nend\n`);
  });
});

describe('git’s report', () => {
  it('names the refs that moved, with sideband and without, however cut', () => {
    const inner = Buffer.concat([
      pktLine('unpack ok\n'),
      pktLine('ok refs/heads/a\n'),
      pktLine('ng refs/heads/b stale info\n'),
      pktLine('ok refs/tags/v1\n'),
      flushPkt,
    ]);
    const wrapped = Buffer.concat([
      channel(2, Buffer.from('Resolving deltas\n')),
      channel(1, inner.subarray(0, 20)),
      channel(1, inner.subarray(20)),
      flushPkt,
    ]);
    for (const [sideband, bytes] of [
      [true, wrapped],
      [false, inner],
    ] as const)
      for (const size of [1, 5, 1000]) {
        const reader = reportReader(sideband);
        for (let at = 0; at < bytes.length; at += size) reader.take(bytes.subarray(at, at + size));
        expect([...reader.accepted()]).toEqual(['refs/heads/a', 'refs/tags/v1']);
      }
  });
});
