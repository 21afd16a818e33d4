import { closeSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Closes what this process was given open beside 0, 1 and 2 (`exec 20<secret; seto up`), before a job or a model
 * server can inherit it. Node marks what it opens itself, and the first few that it finds, as closed for children;
 * what has no such mark is not ours. proc_pid_fdinfo(5)
 */
export function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    if (descriptor > 2 && isInheritable(descriptor)) closeSync(descriptor);
  }
}

const closeOnExec = 0o2000000;

function isInheritable(descriptor: number): boolean {
  try {
    const [, flags = ''] =
      /^flags:\t([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
    return flags !== '' && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    // It was that of our own look at the folder.
    return false;
  }
}
