import { RE2JS } from 're2js';

/** Longer patterns cost more than they can say. */
export const LONGEST_GLOB = 1000;

/**
 * Compiles a path pattern of `rules:changes`, `rules:exists` and `include` as Ruby's `File.fnmatch` with PATHNAME,
 * DOTMATCH and EXTGLOB: `*` and `?` stay within a folder, a `**` folder spans any number, `{a,b}` and `[a-z]` work.
 * Linear time, as it becomes an RE2 pattern. Null where it cannot be compiled.
 */
export function compileGlob(glob: string): ((path: string) => boolean) | null {
  if (glob.length > LONGEST_GLOB) return null;
  if (!/[*?[{\\]/.test(glob)) return (path) => path === glob;
  try {
    const pattern = RE2JS.compile(globSource(glob), RE2JS.DOTALL);
    return (path) => pattern.matcher(path).find();
  } catch {
    return null;
  }
}

// A path of `include:local`, whose grammar is another (GitLab's search_files_by_wildcard_path): `**/` is any folders or
// none, `**` anything, `*` stays within a folder, and all else is itself. Null where it is too long.
export function compileWildcard(path: string): ((path: string) => boolean) | null {
  if (path.length > LONGEST_GLOB) return null;
  const source = path.replace(/\*\*\/|\*\*|\*|[^*]+/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : RE2JS.quote(part);
  });
  const pattern = RE2JS.compile(`^(?:${source})$`, RE2JS.DOTALL);
  return (each) => pattern.matcher(each).find();
}

/** The RE2 pattern that says the same (with the flag `s`). */
export function globSource(glob: string): string {
  return `^(?:${translate(glob)})$`;
}

function translate(glob: string): string {
  let out = '';
  let braces = 0;
  for (let i = 0; i < glob.length; i += 1) {
    const char = glob.charAt(i);
    const atFolder = i === 0 || glob.charAt(i - 1) === '/';
    if (atFolder && glob.startsWith('**/', i)) {
      out += '(?:[^/]+/)*';
      i += 2;
    } else if (char === '*') {
      while (glob.charAt(i + 1) === '*') i += 1;
      out += '[^/]*';
    } else if (char === '?') out += '[^/]';
    else if (char === '[') {
      const end = glob.indexOf(']', i + 2);
      if (end < 0) out += '\\[';
      else {
        out += set(glob.slice(i + 1, end));
        i = end;
      }
    } else if (char === '{' && glob.indexOf('}', i) > 0) {
      out += '(?:';
      braces += 1;
    } else if (char === '}' && braces > 0) {
      out += ')';
      braces -= 1;
    } else if (char === ',' && braces > 0) out += '|';
    else if (char === '\\' && i + 1 < glob.length) {
      i += 1;
      out += RE2JS.quote(glob.charAt(i));
    } else out += RE2JS.quote(char);
  }
  return out + ')'.repeat(braces);
}

function set(body: string): string {
  const negated = body.startsWith('!') || body.startsWith('^');
  const members = (negated ? body.slice(1) : body).replace(/[\\[\]^&]/g, '\\$&');
  return `[${negated ? '^' : ''}${members}]`;
}
