import pino from 'pino';

/** A structured log; secrets never go in (see style: credentials are removed before a value reaches a log call). */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** JSON lines on standard error, so that standard output stays a command's own. */
export function createLog(part: string, level = process.env['SETO_LOG'] ?? 'info'): Log {
  // More is dropped while nothing can be written (a full disk): losing lines is better than holding them all.
  const destination = pino.destination({ fd: 2, sync: true, maxLength: 1024 * 1024 });
  // Without a listener the error of a write would end the process or fail the request that was being logged.
  destination.on('error', () => undefined);
  return pino({ name: part, level, base: { part } }, destination);
}

export const silentLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
