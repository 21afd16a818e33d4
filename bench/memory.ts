import { readdirSync, readFileSync } from 'node:fs';
import type { Row } from './table.ts';

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Memory of the idle platform: PSS (shared pages counted once) over every process that belongs to `dir`. */
export function measureMemory(dir: string): Row[] {
  const all = listProcesses();
  const members = new Set(
    all.filter(({ pid, command }) => pid !== process.pid && command.includes(dir)).map(({ pid }) => pid),
  );
  for (let grew = true; grew; ) {
    grew = false;
    for (const { pid, parent } of all)
      if (members.has(parent) && !members.has(pid)) {
        members.add(pid);
        grew = true;
      }
  }
  const parts = new Map<string, number>();
  let unread = 0;
  for (const { pid, command } of all.filter(({ pid }) => members.has(pid))) {
    const mb = pssOf(pid);
    if (mb === null) unread += 1;
    else parts.set(partOf(command), (parts.get(partOf(command)) ?? 0) + mb);
  }
  const sum = [...parts.values()].reduce((total, mb) => total + mb, 0);
  const text = [...parts].map(([name, mb]) => `${name} ${mb.toFixed(0)}`).join(', ');
  return [
    {
      what: 'control plane, idle (PSS)',
      value: parts.get('control plane') ?? Number.NaN,
      unit: 'MB',
      beside: '',
      aim: { most: 200 },
    },
    {
      what: 'whole idle platform, one endpoint (PSS)',
      value: sum,
      unit: 'MB',
      beside: `${text}${unread > 0 ? `; ${unread} processes unread` : ''}`,
      aim: { most: 500 },
    },
  ];
}

function partOf(command: string): string {
  if (/main\.ts up /.test(command)) return 'control plane';
  if (/serving\/main\.js/.test(command)) return 'model server';
  if (/main\.js gateway/.test(command)) return 'gateway';
  if (/main\.js node/.test(command)) return 'node';
  return 'other';
}

function listProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent, command }];
      } catch {
        return [];
      }
    });
}

/** Proportional set size in MB; null where the kernel does not let us look. */
function pssOf(pid: number): number | null {
  try {
    const kb = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return kb === undefined ? null : (Number(kb) * 1024) / 1e6;
  } catch {
    return null;
  }
}
