import { Transform } from 'node:stream';

/** `2026-11-23T15:28:40.268671Z 01O ` at a line's start, from gitlab-runner 17 on; `+` instead of the last space goes on from the line before. */
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z [0-9a-f]{2}[OE]([ +])/;
const stampLength = 32;
/** ESC [0K as a pattern: what clears a line from the cursor on (ECMA-48, EL). */
const clearLine = String.raw`${String.fromCharCode(27)}\[0K`;
/**
 * `section_start:TIME:NAME[options]`, between escapes that clear the line (GitLab, "Custom collapsible sections").
 * Options have an end: else a job that prints brackets it never closes makes each of them look through the whole line.
 */
const sectionMarker = new RegExp(
  String.raw`(?:${clearLine})?section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]{0,200}\])?\r?(?:${clearLine})?`,
  'g',
);

/** A part of a log as people read it: without time stamps and section markers. */
export function viewLines(text: string): string {
  let out = '';
  for (const line of text.split(/(?<=\n)/)) {
    const match = stamp.exec(line.slice(0, 60));
    let body = line;
    if (match) {
      body = line.slice(match[0].length);
      if (match[1] === '+' && out.endsWith('\n')) out = out.slice(0, -1);
    }
    out += body.replace(sectionMarker, '');
  }
  return out;
}

/** The same for a stream. A line is held until its end is there, one longer than 64 kB is let through in parts. */
export function viewStream(): Transform {
  let held: Buffer = Buffer.alloc(0);
  // The newline before a line is given out with that line, since a `+` takes it away.
  let newline = '';
  const render = (text: string): string => {
    const seen = newline + viewLines(text);
    const joined = stamp.exec(text.slice(0, 60))?.[1] === '+' ? seen.slice(newline.length) : seen;
    newline = joined.endsWith('\n') ? '\n' : '';
    return newline === '' ? joined : joined.slice(0, -1);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      held = Buffer.concat([held, chunk]);
      const end = held.lastIndexOf(10);
      const cut = end >= 0 ? end + 1 : held.length > 64 * 1024 + stampLength ? held.length : 0;
      if (cut === 0) return done();
      const text = render(held.subarray(0, cut).toString());
      held = held.subarray(cut);
      return done(null, text);
    },
    flush(done) {
      done(null, (held.length > 0 ? render(held.toString()) : '') + newline);
    },
  });
}
