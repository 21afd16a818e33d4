import { RE2JS } from 're2js';

/**
 * A pattern of `artifacts:paths` or `exclude` as GitLab reads it (doublestar): `*` and `?` stay within one folder,
 * `**` crosses folders, `[a-z]` and `{a,b}` are classes and alternatives. Matched in linear time.
 */
export function fileGlob(pattern: string): (path: string) => boolean {
  const compiled = RE2JS.compile(`^${translate(clean(pattern))}$`, RE2JS.DOTALL);
  return (path) => compiled.matches(path);
}

/** The pattern relative to the working copy: without `./`, leading and trailing slashes. */
export function clean(pattern: string): string {
  return pattern
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+/g, '/')
    .replace(/\/$/, '');
}

function translate(pattern: string): string {
  let out = '';
  let braces = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    if (pattern.startsWith('**/', at) && (at === 0 || pattern[at - 1] === '/')) {
      out += '(?:[^/]*/)*';
      at += 2;
    } else if (pattern.startsWith('**', at)) {
      out += '.*';
      at += 1;
    } else if (char === '*') out += '[^/]*';
    else if (char === '?') out += '[^/]';
    else if (char === '[' && pattern.indexOf(']', at + 2) > 0) {
      const end = pattern.indexOf(']', at + 2);
      const inner = pattern
        .slice(at + 1, end)
        .replace(/^[!^]/, '^')
        .replace(/[\\[\]&~]/g, '\\$&');
      out += `[${inner}]`;
      at = end;
    } else if (char === '{' && pattern.indexOf('}', at) > 0) {
      out += '(?:';
      braces += 1;
    } else if (char === '}' && braces > 0) {
      out += ')';
      braces -= 1;
    } else if (char === ',' && braces > 0) out += '|';
    else if (char === '\\' && at + 1 < pattern.length) {
      at += 1;
      out += RE2JS.quote(pattern.charAt(at));
    } else out += RE2JS.quote(char);
  }
  return out + ')'.repeat(braces);
}
