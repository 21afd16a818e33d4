import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { viewLines, viewStream } from './log-view.ts';
import { createTraceFiles } from './trace-files.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-traces-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const traces = createTraceFiles(dir);
let job = 0;

describe('trace files', () => {
  it('append in order, cut at an earlier offset, and name where to resume', async () => {
    job += 1;
    expect(await traces.append(job, 0, Buffer.from('hello '), [])).toEqual({ held: 6 });
    expect(await traces.append(job, 9, Buffer.from('x'), [])).toEqual({ resumeAt: 6 });
    expect(await traces.append(job, 6, Buffer.from('world, more'), [])).toEqual({ held: 17 });
    expect(await traces.append(job, 11, Buffer.from('!'), [])).toEqual({ held: 12 });
    expect((await traces.read(job, 0, 100)).toString()).toBe('hello world!');
    expect(await traces.checksum(job)).toBe(crc32('hello world!'));
  });

  it('hide a secret wherever the patches cut it, and keep the length', async () => {
    const secret = 'sesame-open';
    const text = `before ${secret} between ${secret}${secret} after`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 8, maxLength: 20 }),
        async (cuts) => {
          job += 1;
          let at = 0;
          for (const cut of [...cuts, text.length]) {
            const part = text.slice(at, at + cut);
            if (part === '') break;
            await traces.append(job, at, Buffer.from(part), ['short', secret]);
            at += part.length;
          }
          const held = (await traces.read(job, 0, 1000)).toString();
          expect(held).toBe(text.replaceAll(secret, '*'.repeat(secret.length)).slice(0, at));
          expect(await traces.checksum(job)).toBeNull();
        },
      ),
      { numRuns: 30, seed: 3 },
    );
  });
});

describe('a log as people read it', () => {
  const stamped = [
    '2026-11-23T15:28:40.268671Z 00O \u001b[0Ksection_start:1700000000:prepare\r\u001b[0K\u001b[36;1mPreparing\u001b[0;m\n',
    '2026-11-23T15:28:40.368671Z 01O one\n',
    '2026-11-23T15:28:40.468671Z 01O+ more\n',
    '2026-11-23T15:28:41.268671Z 01E error text\n',
    '2026-11-23T15:28:42.268671Z 00O section_end:1700000001:prepare\r\u001b[0Klast',
  ].join('');
  const plain = '\u001b[36;1mPreparing\u001b[0;m\none more\nerror text\nlast';

  it('has neither stamps nor section markers, and joins what the runner cut', () => {
    expect(viewLines(stamped)).toBe(plain);
    expect(viewLines('just text\nsecond\n')).toBe('just text\nsecond\n');
    expect(viewLines('section_start:1:build[collapsed=true,hide_duration=true]\r\u001b[0Ktext')).toBe('text');
  });

  it('takes no longer for a line of markers whose options never end', () => {
    const line = 'section_start:1:a['.repeat(20_000);
    const begun = performance.now();
    expect(viewLines(line)).toBe('['.repeat(20_000));
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it('is the same for a stream, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }), async (cuts) => {
        const parts: Buffer[] = [];
        const bytes = Buffer.from(stamped);
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          if (at < bytes.length) parts.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        const chunks: Buffer[] = [];
        for await (const chunk of Readable.from(parts).pipe(viewStream())) chunks.push(chunk as Buffer);
        expect(Buffer.concat(chunks).toString()).toBe(plain);
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
