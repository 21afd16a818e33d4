import { fault } from '../../shared/errors.ts';

/** What data from the cloud may not set: these names steer programs. */
const reserved = /^(?:CI_.*|SETO_.*|GIT_.*|LD_.*|NODE_.*|PYTHON.*|PATH|HOME|ENV|BASH_ENV)$/;

/** Many times what jobs hand on, and still too few to fill an environment. */
const mostVariables = 50;

/** A dotenv report (GitLab, `artifacts:reports:dotenv`): KEY=value a line. @throws forge.dotenv_line, _name, _many */
export function parseDotenv(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  text.split(/\r?\n/).forEach((line, at) => {
    if (line.trim() === '' || line.trimStart().startsWith('#')) return;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (!match?.[1]) throw fault('forge.dotenv_line', { line: at + 1 });
    if (reserved.test(match[1])) throw fault('forge.dotenv_name', { line: at + 1, name: match[1] });
    variables[match[1]] = unquote(match[2] ?? '');
  });
  const count = Object.keys(variables).length;
  if (count > mostVariables) throw fault('forge.dotenv_many', { count, limit: mostVariables });
  return variables;
}

function unquote(value: string): string {
  const text = value.trim();
  const quote = text[0];
  return (quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote)
    ? text.slice(1, -1)
    : text;
}
