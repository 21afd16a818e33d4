import { spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { access, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../shared/clock.ts';
import type { Machine, NodeOrder, NodePool } from '../node-pool.ts';
import {
  bornAt,
  endRecord,
  type NodeNote,
  nodeFiles,
  nodeFolders,
  processOf,
  readNote,
  writeNote,
} from './node-folder.ts';
import { nodeIdentity, tellNode } from './node-socket.ts';
import { watchedCommand } from './watched-command.ts';

export interface ProcessPoolOptions {
  /** Also the provider's clock: the machine that is billed for is this one. */
  clock: Clock;
  /** `DATA/run/nodes`; a folder a node. */
  root: string;
  pool: string;
  installationId: string;
  /** What the bootstrap file holds beside the order: site, tags, runtime, timeouts. */
  bootstrap(order: NodeOrder, files: ReturnType<typeof nodeFiles>): object;
  /** The argv and the whole environment of the node process, sandbox included. */
  command(
    bootstrapFile: string,
    folder: string,
  ):
    | { argv: readonly [string, ...string[]]; env: Readonly<Record<string, string>> }
    | Promise<{ argv: readonly [string, ...string[]]; env: Readonly<Record<string, string>> }>;
  /** How long an ended node may take to end its job before it is killed, milliseconds. */
  graceMs?: number;
  /**
   * A node that did not end itself is killed so long after its lease, milliseconds. Smaller, and one that is saying
   * farewell on a busy machine is killed and its end record lost; larger, and it eats the margin the lease keeps.
   */
  overdueMs?: number;
}

/** Books of nodes that ended are kept this long: `machines()` promises 48 h. */
const keepMs = 72 * 3_600_000;

/** How long a node lives on after it wrote its own end record: its farewell, and what it closes. */
const afterRecordMs = 5000;

/**
 * A node pool of child processes on this machine. It stands in for a cloud (what it bills is simulated) and carries
 * the on-premises runner. Children are detached and outlive us; they are found again by folder, socket and birth.
 */
export function createProcessPool(options: ProcessPoolOptions): NodePool {
  const { clock, root, pool, installationId } = options;
  const graceMs = options.graceMs ?? 15_000;
  const overdueMs = options.overdueMs ?? 10_000;
  const starting = new Map<string, Promise<void>>();
  /** Folders of our own children, whose end is noted by us as it happens. */
  const watched = new Set<string>();
  /** Notes by folder that never change again (an ended node's, another pool's): each tick would read them for days. */
  let settled = new Map<string, NodeNote>();
  const folderOf = (nodeId: string) => path.join(root, nodeId);

  /** The node's process, found by its birth or, where a crash hid it, by its arguments; null where none lives. */
  const living = async (folder: string, note: NodeNote): Promise<{ pid: number; born: string } | null> => {
    if (note.to !== null) return null;
    if (note.process === null) return processOf(nodeFiles(folder).bootstrap);
    return bornAt(note.process.pid) === note.process.born ? note.process : null;
  };

  /**
   * Whether nobody asks for this folder any more: its node ended long ago, also one of a pool that left seto.yaml,
   * whose end nobody noted, or a crash left a folder without a note.
   */
  const isForgotten = async (folder: string, note: NodeNote | null): Promise<boolean> => {
    const old = (at: number) => clock.now() - at > keepMs;
    if (note !== null && note.to !== null) return old(note.to);
    const written = await stat(note === null ? folder : nodeFiles(folder).note).catch(() => null);
    if (written === null || !old(written.mtimeMs)) return false;
    const ours = note !== null && note.pool === pool && note.installationId === installationId;
    return note === null || (!ours && (await living(folder, note)) === null);
  };

  /** Notes of this pool and installation, with whether the process lives. */
  const survey = async (): Promise<{ folder: string; note: NodeNote; alive: boolean }[]> => {
    const found = [];
    const still = new Map<string, NodeNote>();
    for (const folder of await nodeFolders(root)) {
      const note = settled.get(folder) ?? (await readNote(folder));
      if (await isForgotten(folder, note)) {
        await rm(folder, { recursive: true, force: true });
        continue;
      }
      if (note === null) continue;
      const ours = note.pool === pool && note.installationId === installationId;
      if (!ours || note.to !== null) still.set(folder, note);
      if (ours) found.push({ folder, note, alive: (await living(folder, note)) !== null });
    }
    settled = still;
    return found;
  };

  /**
   * Notes the end of a node that has no process any more and whose end we did not see: by its own record, else no
   * later than now. One that was never told to begin did not run.
   */
  const settle = async (folder: string, note: NodeNote): Promise<NodeNote> => {
    const said = await endRecord(folder);
    const now = clock.now();
    const ended: NodeNote =
      said !== null
        ? { ...note, to: Math.min(said + afterRecordMs, Math.max(said, now)) }
        : note.process === null && !existsSync(nodeFiles(folder).record)
          ? { ...note, to: note.from }
          : { ...note, to: now, bounded: true };
    await writeNote(folder, ended);
    return ended;
  };

  const launch = async (order: NodeOrder): Promise<void> => {
    const folder = folderOf(order.nodeId);
    const files = nodeFiles(folder);
    const known = await readNote(folder);
    if (known?.to != null || (known !== null && (await living(folder, known)) !== null)) return;
    await mkdir(files.work, { recursive: true, mode: 0o700 });
    await writeFile(files.bootstrap, JSON.stringify(options.bootstrap(order, files)), { mode: 0o600 });
    const note: NodeNote = {
      nodeId: order.nodeId,
      installationId: order.installationId,
      pool,
      from: known?.from ?? clock.now(),
      process: null,
      to: null,
    };
    await writeNote(folder, note);
    const { argv, env } = await options.command(files.bootstrap, folder);
    const log = openSync(files.log, 'a', 0o600);
    try {
      if (path.isAbsolute(argv[0])) await access(argv[0], constants.X_OK);
      const [program, ...args] = watchedCommand(argv, order.bootstrap.leaseMs, overdueMs);
      const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ['pipe', log, log] });
      child.stdin?.on('error', () => undefined);
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      child.unref();
      const { pid } = child;
      const born = pid === undefined ? null : bornAt(pid);
      const running: NodeNote = {
        ...note,
        process: pid !== undefined && born !== null ? { pid, born } : null,
      };
      watched.add(folder);
      const exited = new Promise<number>((resolve) => child.once('exit', () => resolve(clock.now())));
      try {
        await writeNote(folder, running);
        child.stdin?.write('\n');
      } finally {
        child.stdin?.end();
      }
      void exited
        .then((to) => writeNote(folder, { ...running, to }))
        .catch(() => undefined)
        .finally(() => watched.delete(folder));
    } finally {
      closeSync(log);
    }
  };

  return {
    start: (order) => {
      const before = starting.get(order.nodeId);
      if (before) return before;
      const work = launch(order).finally(() => starting.delete(order.nodeId));
      starting.set(order.nodeId, work);
      return work;
    },
    end: async (nodeId) => {
      await starting.get(nodeId)?.catch(() => undefined);
      const folder = folderOf(nodeId);
      const note = await readNote(folder);
      if (note === null) return;
      const child = await living(folder, note);
      if (child !== null) {
        const { socket } = nodeFiles(folder);
        const who = await nodeIdentity(socket);
        const told = who?.nodeId === nodeId && (await tellNode(socket, 'end'));
        if (told) await gone(clock, child, graceMs);
        signal(child, 'SIGTERM');
        if (!(await gone(clock, child, told ? 1000 : graceMs))) signal(child, 'SIGKILL');
        if (!(await gone(clock, child, 5000)))
          throw new Error(`process ${child.pid} of ${nodeId} does not end`);
      }
      // The exit handler wrote the end where this process is the parent.
      await clock.sleep(20);
      const after = await readNote(folder);
      if (after?.to === null) {
        if (child === null) await settle(folder, after);
        else await writeNote(folder, { ...after, to: clock.now() });
      }
      const files = nodeFiles(folder);
      for (const file of [files.work, files.bootstrap, files.socket])
        await rm(file, { recursive: true, force: true });
    },
    started: async () => (await survey()).filter(({ alive }) => alive).map(({ note }) => note.nodeId),
    machines: async () => {
      const machines: Machine[] = [];
      for (const { folder, note, alive } of await survey()) {
        // Not begun yet, or its end is just being noted.
        if (!alive && note.to === null && (note.process === null || watched.has(folder))) continue;
        const { to, bounded } = alive || note.to !== null ? note : await settle(folder, note);
        machines.push({
          machineId: note.nodeId,
          nodeId: note.nodeId,
          installationId: note.installationId,
          from: note.from,
          to: to === null ? null : Math.max(to, note.from),
          ...(bounded ? { bounded } : {}),
        });
      }
      return machines;
    },
    now: async () => clock.now(),
  };
}

/** Signals the process group, if it is still the same process. */
function signal(child: { pid: number; born: string }, name: NodeJS.Signals): void {
  if (bornAt(child.pid) !== child.born) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // Gone between the look and the signal.
  }
}

/** True once the process has ended, false after `limitMs`. */
async function gone(clock: Clock, child: { pid: number; born: string }, limitMs: number): Promise<boolean> {
  const until = clock.monotonic() + limitMs;
  while (bornAt(child.pid) === child.born) {
    if (clock.monotonic() >= until) return false;
    await clock.sleep(25);
  }
  return true;
}
