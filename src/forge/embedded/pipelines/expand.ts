const REFERENCE =
  /\$\$|%%|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)|%([A-Za-z_][A-Za-z0-9_]*)%/g;

/** A value that grows past this loses what comes after: variables that name each other twice double with every step. */
const LONGEST = 20_000;
/** All values of one job that had to be expanded; beyond, they stay as written. */
const LONGEST_TOGETHER = 200_000;

export interface ExpandOptions {
  /** `keep` leaves what is not known for the runner (and `$$` too); `empty` puts nothing there and makes `$$` a `$`. */
  unknown: 'keep' | 'empty';
}

/**
 * Replaces `$NAME`, `${NAME}` and `%NAME%` by their values, once (a value is not looked into again; see
 * {@link expandAll}). Source: GitLab, "Where variables can be used", GitLab internal variable expansion.
 */
export function expandVariables(
  text: string,
  variables: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
  options: ExpandOptions = { unknown: 'empty' },
): string {
  if (!/[$%]/.test(text)) return text;
  const look = variables instanceof Map ? variables : new Map(Object.entries(variables));
  let room = LONGEST;
  return text.replace(REFERENCE, (match, braced?: string, plain?: string, percent?: string) => {
    if (match === '$$' || match === '%%') return options.unknown === 'keep' ? match : match.charAt(0);
    const value = look.get(braced ?? plain ?? percent ?? '');
    if (value === undefined) return options.unknown === 'keep' || percent !== undefined ? match : '';
    room -= value.length;
    return room < 0 ? '' : value;
  });
}

/** Every value expanded by the others, in order of dependence; those in a cycle, and raw ones, stay as written. */
export function expandAll(
  variables: ReadonlyMap<string, string>,
  raw: ReadonlySet<string> = new Set(),
): Map<string, string> {
  const done = new Map<string, string>();
  const open = new Set<string>();
  let together = 0;
  const visit = (name: string): string | undefined => {
    const ready = done.get(name);
    if (ready !== undefined) return ready;
    const source = variables.get(name);
    if (source === undefined || open.has(name)) return undefined;
    if (raw.has(name) || !source.includes('$') || together > LONGEST_TOGETHER) {
      done.set(name, source);
      return source;
    }
    open.add(name);
    const known = new Map<string, string>();
    for (const [, braced, plain] of source.matchAll(REFERENCE)) {
      const other = braced ?? plain;
      // The stack stays shallow: chains longer than this are left as written.
      const value = other === undefined || open.size > LIMIT_CHAIN ? undefined : visit(other);
      if (other !== undefined && value !== undefined) known.set(other, value);
    }
    open.delete(name);
    const value = expandVariables(source, known, { unknown: 'keep' });
    together += value.length;
    done.set(name, value);
    return value;
  };
  for (const name of variables.keys()) visit(name);
  return done;
}

/** References of references; people use two or three. */
const LIMIT_CHAIN = 100;
