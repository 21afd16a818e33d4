import { afterEach, describe, expect, it } from 'vitest';
import type { NodeOrder, NodePool } from '../../src/pools/node-pool.ts';

export interface NodePoolFixture {
  pool: NodePool;
  /** The same provider seen by a control plane that was started again. */
  again(): NodePool;
  /** The same provider, on whose machines nothing of ours ever runs. */
  unbooted: NodePool;
  /** Lets time pass for the provider, milliseconds. */
  pass(ms: number): Promise<void>;
  installationId: string;
  poolName: string;
  /** What the provider's clock shows, as far as the test can know. */
  providerNow(): number;
  close(): Promise<void>;
}

let count = 0;

/** What every node pool driver must do (docs of the port). Runs on fakes and real drivers alike. */
export function nodePoolSuite(name: string, open: () => Promise<NodePoolFixture>): void {
  describe(`node pool: ${name}`, () => {
    let fixture: NodePoolFixture | null = null;
    const ready = async () => {
      fixture = await open();
      return fixture;
    };
    afterEach(async () => {
      await fixture?.close();
      fixture = null;
    });

    const order = (on: NodePoolFixture): NodeOrder => ({
      nodeId: `node-suite${count++}`,
      installationId: on.installationId,
      pool: on.poolName,
      demand: { kind: 'job', id: '1' },
      bootstrap: { url: 'http://127.0.0.1:1', ca: null, oneTimeToken: 'seto_x', leaseMs: 60_000 },
    });
    const machineOf = async (pool: NodePool, nodeId: string) =>
      (await pool.machines()).filter((each) => each.nodeId === nodeId);

    it('starts a node, lists it and bills it from then on', async () => {
      const on = await ready();
      const wanted = order(on);
      await on.pool.start(wanted);
      expect(await on.pool.started()).toEqual([wanted.nodeId]);
      expect(await machineOf(on.pool, wanted.nodeId)).toMatchObject([
        { nodeId: wanted.nodeId, installationId: on.installationId, to: null },
      ]);
    });

    it('starts one machine for one id, ordered again or at the same time', async () => {
      const on = await ready();
      const wanted = order(on);
      await Promise.all([on.pool.start(wanted), on.pool.start(wanted)]);
      await on.pool.start(wanted);
      await on.again().start(wanted);
      expect(await on.pool.started()).toEqual([wanted.nodeId]);
      expect((await machineOf(on.pool, wanted.nodeId)).length).toBe(1);
    });

    it('ends a node, tells when, and forgets it slowly', async () => {
      const on = await ready();
      const [one, other] = [order(on), order(on)];
      await Promise.all([on.pool.start(one), on.pool.start(other)]);
      await on.pool.end(one.nodeId);
      expect(await on.pool.started()).toEqual([other.nodeId]);
      const [machine] = await machineOf(on.pool, one.nodeId);
      expect(machine?.to).toBeGreaterThanOrEqual(machine?.from ?? Number.POSITIVE_INFINITY);
    });

    it('ends what is ended or unknown without an error, and starts nothing under a used id', async () => {
      const on = await ready();
      const wanted = order(on);
      await on.pool.end('node-nobody');
      await on.pool.start(wanted);
      await on.pool.end(wanted.nodeId);
      await on.pool.end(wanted.nodeId);
      await on.pool.start(wanted);
      expect(await on.pool.started()).toEqual([]);
    });

    it('ends a machine by its lease, though nothing of ours runs on it and nobody asks; not one without a lease', async () => {
      const on = await ready();
      const [leased, endless] = [order(on), order(on)];
      await on.unbooted.start({ ...leased, bootstrap: { ...leased.bootstrap, leaseMs: 1000 } });
      await on.unbooted.start({ ...endless, bootstrap: { ...endless.bootstrap, leaseMs: null } });
      expect((await on.pool.started()).length).toBe(2);
      const ended = async () => (await machineOf(on.pool, leased.nodeId))[0]?.to ?? null;
      for (let passed = 0; passed < 10_000 && (await ended()) === null; passed += 100) await on.pass(100);
      expect(await on.pool.started()).toEqual([endless.nodeId]);
      const [machine] = await machineOf(on.pool, leased.nodeId);
      const billed = (machine?.to ?? Number.POSITIVE_INFINITY) - (machine?.from ?? 0);
      expect(billed).toBeGreaterThanOrEqual(1000);
      expect(billed).toBeLessThan(10_000);
    });

    it('tells the provider’s time, and dates its machines by it', async () => {
      const on = await ready();
      const wanted = order(on);
      const before = on.providerNow();
      expect(((await on.pool.now()) ?? 0) - before).toBeGreaterThanOrEqual(0);
      await on.pool.start(wanted);
      const [machine] = await machineOf(on.pool, wanted.nodeId);
      expect(machine?.from).toBeGreaterThanOrEqual(before);
      expect(machine?.from).toBeLessThanOrEqual((await on.pool.now()) ?? 0);
      expect(await on.pool.now()).toBeLessThanOrEqual(on.providerNow());
    });

    it('is the same after the control plane was started again', async () => {
      const on = await ready();
      const wanted = order(on);
      await on.pool.start(wanted);
      const again = on.again();
      expect(await again.started()).toEqual([wanted.nodeId]);
      await again.end(wanted.nodeId);
      expect(await on.pool.started()).toEqual([]);
      expect((await machineOf(again, wanted.nodeId))[0]?.to).toBeTypeOf('number');
    });
  });
}
