import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { writeDurably } from '../../shared/durable.ts';

/** What the driver notes of one node: the provider's own books. Times are wall milliseconds. */
const noteSchema = z.object({
  nodeId: z.string(),
  installationId: z.string(),
  pool: z.string(),
  from: z.number(),
  /** Null before the child was spawned, and while a crash may have hidden it. */
  process: z.object({ pid: z.number().int().positive(), born: z.string() }).nullable(),
  to: z.number().nullable(),
  /** `to` is when the process was found gone; nobody saw it end. */
  bounded: z.literal(true).optional(),
});

export type NodeNote = z.infer<typeof noteSchema>;

const recordSchema = z.object({ startedAt: z.number(), endedAt: z.number().optional() });

/** Where a node writes when its lease ends, as whole seconds of the system's uptime; read by `watchedCommand`. */
export const leaseFile = 'lease';

/** The files of one node under `run/nodes/ID/`. */
export function nodeFiles(folder: string): {
  note: string;
  bootstrap: string;
  record: string;
  lease: string;
  socket: string;
  log: string;
  work: string;
} {
  return {
    note: path.join(folder, 'machine.json'),
    bootstrap: path.join(folder, 'bootstrap.json'),
    record: path.join(folder, 'record.json'),
    lease: path.join(folder, leaseFile),
    socket: path.join(folder, 'node.sock'),
    log: path.join(folder, 'node.log'),
    work: path.join(folder, 'work'),
  };
}

export async function readNote(folder: string): Promise<NodeNote | null> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(nodeFiles(folder).note, 'utf8')));
  } catch {
    return null;
  }
}

export async function writeNote(folder: string, note: NodeNote): Promise<void> {
  await writeDurably(nodeFiles(folder).note, JSON.stringify(note));
}

/** When the node itself says it ended; null where it did not say. */
export async function endRecord(folder: string): Promise<number | null> {
  try {
    const text = await readFile(nodeFiles(folder).record, 'utf8');
    return recordSchema.parse(JSON.parse(text)).endedAt ?? null;
  } catch {
    return null;
  }
}

/** Names of the folders of nodes; none where the folder is not there yet. */
export async function nodeFolders(root: string): Promise<string[]> {
  try {
    return (await readdir(root)).map((name) => path.join(root, name));
  } catch {
    return [];
  }
}

/**
 * When a process was born, as boot id and clock ticks: with the pid it names one process for ever, which a pid alone
 * does not. Null where there is no such process (a zombie counts as none). proc_pid_stat(5), fields 3 and 22.
 */
export function bornAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
}

/** The process that was started with this file as an argument; null where there is none. */
export async function processOf(file: string): Promise<{ pid: number; born: string } | null> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (!line.split('\0').includes(file)) continue;
    const born = bornAt(Number(name));
    if (born !== null) return { pid: Number(name), born };
  }
  return null;
}
