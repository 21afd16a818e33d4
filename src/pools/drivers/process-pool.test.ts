import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodePoolFaultSuite } from '../../../test/support/node-pool-fault-suite.ts';
import { nodePoolSuite } from '../../../test/support/node-pool-suite.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import type { NodePool } from '../node-pool.ts';
import { bornAt, nodeFiles } from './node-folder.ts';
import { createProcessPool } from './process-pool.ts';

const script = path.join(import.meta.dirname, '../../../test/support/idle-node.ts');

function open(
  root: string,
  options: {
    mode?: string;
    poolName?: string;
    broken?: true;
    first?: string;
    prolongMs?: number;
    clock?: Clock;
    installationId?: string;
  } = {},
): NodePool {
  return createProcessPool({
    clock: options.clock ?? systemClock,
    root,
    pool: options.poolName ?? 'train',
    installationId: options.installationId ?? 'seto-test',
    bootstrap: (order, files) => ({
      nodeId: order.nodeId,
      installationId: order.installationId,
      socket: files.socket,
      recordFile: files.record,
      leaseFile: files.lease,
      prolongMs: String(options.prolongMs ?? 0),
      mode: options.mode ?? 'plain',
    }),
    command: (bootstrapFile) => {
      const node = [options.broken ? '/nonexistent/node' : process.execPath, script, bootstrapFile] as const;
      const { first } = options;
      return {
        argv: first === undefined ? node : ['/bin/sh', '-c', `${first}; exec "$@"`, 'sh', ...node],
        env: { PATH: process.env['PATH'] ?? '' },
      };
    },
    graceMs: 300,
    overdueMs: 0,
  });
}

const folders: string[] = [];
const newRoot = () => {
  const root = mkdtempSync(path.join(tmpdir(), 'seto-nodes-'));
  folders.push(root);
  return root;
};
afterEach(async () => {
  for (const root of folders.splice(0)) {
    for (const name of ['train', 'other'])
      for (const nodeId of await open(root, { poolName: name }).started())
        await open(root, { poolName: name }).end(nodeId);
    rmSync(root, { recursive: true, force: true });
  }
});

nodePoolSuite('process', async () => {
  const root = newRoot();
  return {
    pool: open(root),
    again: () => open(root),
    unbooted: open(root, { first: 'trap "" TERM; sleep 600' }),
    pass: systemClock.sleep,
    installationId: 'seto-test',
    poolName: 'train',
    providerNow: systemClock.now,
    close: async () => undefined,
  };
});

nodePoolFaultSuite('process', async (clock) => {
  const root = newRoot();
  return {
    pool: open(root, { clock }),
    other: open(root, { clock, installationId: 'seto-other' }),
    close: async () => undefined,
  };
});

const order = (nodeId: string) => ({
  nodeId,
  installationId: 'seto-test',
  pool: 'train',
  demand: { kind: 'job' as const, id: '1' },
  bootstrap: { url: 'http://127.0.0.1:1', ca: null, oneTimeToken: 'seto_x', leaseMs: 60_000 },
});
const pidOf = (root: string, nodeId: string): number =>
  JSON.parse(readFileSync(nodeFiles(path.join(root, nodeId)).note, 'utf8')).process.pid;
/** Who watches over the lease of the node of that pid. */
const guardsOf = (pid: number) =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`\0guard\0${pid}\0`);
    } catch {
      return false;
    }
  });
const until = async (met: () => boolean | Promise<boolean>) => {
  for (let tries = 0; tries < 200; tries++) {
    if (await met()) return;
    await systemClock.sleep(25);
  }
  throw new Error(`not within five seconds: ${met}`);
};

describe('process pool', () => {
  it('notes the end of a node that died by itself', async () => {
    const root = newRoot();
    const pool = open(root);
    await pool.start(order('node-a'));
    process.kill(pidOf(root, 'node-a'), 'SIGKILL');
    await until(async () => (await pool.started()).length === 0);
    await until(async () => (await pool.machines())[0]?.to != null);
    const [machine] = await pool.machines();
    expect((machine?.to ?? 0) - (machine?.from ?? 0)).toBeLessThan(5000);
  });

  it('lets a node live on whose lease was extended, until it says so no more; its guard goes with it', async () => {
    const root = newRoot();
    const pool = open(root, { prolongMs: 3500 });
    const { bootstrap, ...rest } = order('node-a');
    const begun = performance.now();
    await pool.start({ ...rest, bootstrap: { ...bootstrap, leaseMs: 1000 } });
    const pid = pidOf(root, 'node-a');
    await until(() => guardsOf(pid).length === 1);
    await until(() => bornAt(pid) === null);
    expect(performance.now() - begun).toBeGreaterThan(2500);
    await until(async () => (await pool.machines())[0]?.to != null);
    await until(() => guardsOf(pid).length === 0);
  });

  it('leaves no guard behind where the node ends by itself, and takes no code from its lease file', async () => {
    const root = newRoot();
    const pool = open(root, { first: "echo 'a[$(touch here)]' > lease; sleep 600" });
    const { bootstrap, ...rest } = order('node-a');
    await pool.start({ ...rest, bootstrap: { ...bootstrap, leaseMs: 0 } });
    const pid = pidOf(root, 'node-a');
    await until(() => bornAt(pid) === null);
    await until(() => guardsOf(pid).length === 0);
    expect(existsSync(path.join(root, 'node-a/here'))).toBe(false);
    await pool.start(order('node-b'));
    const other = pidOf(root, 'node-b');
    await until(() => guardsOf(other).length === 1);
    process.kill(other, 'SIGKILL');
    await until(() => guardsOf(other).length === 0);
  });

  it.each(['stubborn', 'silent'])('ends a node that is %s', async (mode) => {
    const root = newRoot();
    const pool = open(root, { mode });
    await pool.start(order('node-a'));
    const pid = pidOf(root, 'node-a');
    await until(() => mode === 'silent' || existsSync(nodeFiles(path.join(root, 'node-a')).socket));
    await pool.end('node-a');
    expect(bornAt(pid)).toBe(null);
    expect((await pool.machines())[0]?.to).toBeTypeOf('number');
  });

  it('says of a node that died while nobody looked no more than when it was found gone, unless the node did', async () => {
    const root = newRoot();
    await open(root).start(order('node-a'));
    const note = nodeFiles(path.join(root, 'node-a')).note;
    const before = readFileSync(note);
    process.kill(pidOf(root, 'node-a'), 'SIGKILL');
    await until(() => readFileSync(note).compare(before) !== 0);
    // As if the control plane that saw the exit had been dead: its note of the end never happened.
    writeFileSync(note, before);
    const found = Date.now();
    const [gone] = await open(root).machines();
    expect(gone).toMatchObject({ nodeId: 'node-a', bounded: true });
    expect(gone?.to).toBeGreaterThanOrEqual(found);
    await systemClock.sleep(20);
    expect(await open(root).machines()).toEqual([gone]);
    const earlier = JSON.parse(before.toString());
    writeFileSync(note, JSON.stringify({ ...earlier, from: earlier.from - 120_000 }));
    const endedAt = Date.now() - 60_000;
    writeFileSync(nodeFiles(path.join(root, 'node-a')).record, JSON.stringify({ startedAt: 0, endedAt }));
    const [told] = await open(root).machines();
    expect(told?.bounded).toBe(undefined);
    // The node says so before it says farewell, and lives for that long.
    expect(told?.to).toBe(endedAt + 5000);
  });

  it('finds the process again whose pid a crash kept from being noted, and starts no second', async () => {
    const root = newRoot();
    await open(root).start(order('node-a'));
    const pid = pidOf(root, 'node-a');
    const file = nodeFiles(path.join(root, 'node-a')).note;
    const note = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...note, process: null }));
    const again = open(root);
    expect(await again.started()).toEqual(['node-a']);
    await again.start(order('node-a'));
    await again.end('node-a');
    expect(bornAt(pid)).toBe(null);
  });

  it('never takes another process with the same pid for its node', async () => {
    const root = newRoot();
    await open(root).start(order('node-a'));
    const pid = pidOf(root, 'node-a');
    const file = nodeFiles(path.join(root, 'node-a')).note;
    const note = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...note, process: { pid: process.pid, born: note.process.born } }));
    const again = open(root);
    expect(await again.started()).toEqual([]);
    await again.end('node-a');
    expect(bornAt(process.pid)).not.toBe(null);
    process.kill(pid, 'SIGKILL');
  });

  it('keeps to its own pool and installation', async () => {
    const root = newRoot();
    await open(root).start(order('node-a'));
    expect(await open(root, { poolName: 'other' }).started()).toEqual([]);
    expect(await open(root, { poolName: 'other' }).machines()).toEqual([]);
  });

  it('says so when the program cannot be started', async () => {
    const root = newRoot();
    await expect(open(root, { broken: true }).start(order('node-a'))).rejects.toThrow(/ENOENT/);
    expect(await open(root).started()).toEqual([]);
    await open(root).start(order('node-a'));
    expect(await open(root).started()).toEqual(['node-a']);
  });

  it('begins a node only when its note is written for good: what a sandbox mounts must not be replaced', async () => {
    const root = newRoot();
    await open(root, { first: 'cp machine.json seen.json' }).start(order('node-a'));
    const seen = path.join(root, 'node-a/seen.json');
    await until(() => existsSync(seen) && readFileSync(seen).length > 0);
    expect(readFileSync(seen)).toEqual(readFileSync(nodeFiles(path.join(root, 'node-a')).note));
  });

  it('removes folders of nodes that ended days ago, of any pool, and none of a living one', async () => {
    const root = newRoot();
    const daysAgo = new Date(Date.now() - 4 * 86_400_000);
    const write = (nodeId: string, pool: string, note: object | null) => {
      mkdirSync(path.join(root, nodeId));
      if (note !== null) {
        const { note: file } = nodeFiles(path.join(root, nodeId));
        const from = daysAgo.getTime();
        writeFileSync(
          file,
          JSON.stringify({
            nodeId,
            installationId: 'seto-test',
            pool,
            from,
            process: null,
            to: null,
            ...note,
          }),
        );
        utimesSync(file, daysAgo, daysAgo);
      }
      utimesSync(path.join(root, nodeId), daysAgo, daysAgo);
    };
    const living = { pid: process.pid, born: bornAt(process.pid) };
    const dead = { pid: process.pid, born: 'another boot 1' };
    write('node-ended', 'train', { to: daysAgo.getTime() });
    write('node-of-left-pool', 'left', { process: dead });
    write('node-half', 'left', null);
    write('node-lives', 'left', { process: living });
    write('node-ended-now', 'left', { to: Date.now() });
    write('node-found-gone', 'train', { process: dead });
    const pool = open(root);
    await pool.started();
    const left = ['node-ended-now', 'node-found-gone', 'node-lives'];
    expect(readdirSync(root).sort()).toEqual(left);
    expect((await pool.machines()).map(({ nodeId }) => nodeId)).toEqual(['node-found-gone']);
  });

  it('leaves neither token nor work of a node behind', async () => {
    const root = newRoot();
    const pool = open(root);
    await pool.start(order('node-a'));
    const files = nodeFiles(path.join(root, 'node-a'));
    expect([files.bootstrap, files.work].map(existsSync)).toEqual([true, true]);
    await pool.end('node-a');
    expect([files.bootstrap, files.work, files.socket].map(existsSync)).toEqual([false, false, false]);
    expect(existsSync(files.log)).toBe(true);
  });
});
