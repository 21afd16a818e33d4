import { isIPv4 } from 'node:net';
import { fault } from '../shared/errors.ts';
import { inBoth } from '../shared/text/format.ts';
import { say } from '../shared/text.ts';

/** Splits `ADDR[:PORT]`. */
export function splitAddress(text: string, defaultPort: number): { host: string; port: number } {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text);
  if (!match?.[1])
    throw fault('core.bad_input', {
      problems: inBoth((lang) => `listen: ${text}: ${say(lang, 'input.address')}`),
    });
  return {
    host: match[1].replace(/^\[|\]$/g, ''),
    port: match[2] === undefined ? defaultPort : Number(match[2]),
  };
}

/** True for addresses that only this machine reaches. */
export function isLoopback(listen: string): boolean {
  const { host } = splitAddress(listen, 0);
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
