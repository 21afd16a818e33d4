import type { IncomingHttpHeaders } from 'node:http';

const headerNames = ['private-token', 'job-token', 'runner-token', 'x-api-key'] as const;

/**
 * The token of a request: Bearer, Basic (its password: git, docker), GitLab's own headers. Null where there
 * is none.
 */
export function tokenOf(headers: IncomingHttpHeaders): string | null {
  const authorization = headers.authorization;
  const bearer = /^bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (basic !== undefined) {
    const text = Buffer.from(basic, 'base64').toString();
    const password = text.slice(text.indexOf(':') + 1);
    return password === '' ? null : password;
  }
  for (const name of headerNames) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}
