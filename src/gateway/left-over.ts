import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Servers that a killed gateway left behind. In bubblewrap there are none (`--die-with-parent`); where nothing
 * isolates, a child outlives its parent, so each one is noted with its start time and ended by the next gateway.
 */
export interface LeftOver {
  remember(id: string, pid: number): void;
  forget(id: string): void;
  /** Ends the process that was noted for this server, if it is still that one. */
  end(id: string): void;
}

export function createLeftOver(folder: string): LeftOver {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (id: string): string => path.join(folder, `${id}.json`);
  return {
    remember: (id, pid) => {
      const started = startTime(pid);
      if (started !== null) writeFileSync(file(id), JSON.stringify({ pid, started }), { mode: 0o600 });
    },
    forget: (id) => rmSync(file(id), { force: true }),
    end: (id) => {
      try {
        const { pid, started } = JSON.parse(readFileSync(file(id), 'utf8')) as {
          pid: number;
          started: string;
        };
        if (startTime(pid) === started) process.kill(-pid, 'SIGKILL');
      } catch {
        // Nothing was noted, or it has ended since.
      }
      rmSync(file(id), { force: true });
    },
  };
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)): with the pid it names one process for ever. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
