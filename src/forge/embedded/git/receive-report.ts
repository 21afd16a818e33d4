import { takePktLine } from './pkt-line.ts';

/** Reads git's report on a push (report-status, gitprotocol-pack(5)) out of its reply as that goes by. */
export interface ReportReader {
  take(chunk: Buffer): void;
  /** The refs that git says it moved. */
  accepted(): ReadonlySet<string>;
}

/** `sideband`: the report is wrapped in channel 1. Bytes that are no pkt-line end the reading, not the reply. */
export function reportReader(sideband: boolean): ReportReader {
  const accepted = new Set<string>();
  const read = (line: Buffer) => {
    const match = /^ok (refs\/[^\n]+)/.exec(line.toString());
    if (match?.[1]) accepted.add(match[1]);
  };
  const report = lines((line) => line !== null && read(line));
  const outer = sideband ? lines((line) => line?.[0] === 1 && report(line.subarray(1))) : report;
  return { take: outer, accepted: () => accepted };
}

/** Splits what it is fed into pkt-lines. */
function lines(each: (line: Buffer | null) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let broken = false;
  return (chunk) => {
    if (broken) return;
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    try {
      for (let next = takePktLine(pending); next; next = takePktLine(pending)) {
        pending = next.rest;
        each(next.payload);
      }
    } catch {
      broken = true;
    }
  };
}
