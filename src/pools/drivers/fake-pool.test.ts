import { fakeNodePool } from '../../../test/support/fake-node-pool.ts';
import { manualClock } from '../../../test/support/manual-clock.ts';
import { nodePoolFaultSuite } from '../../../test/support/node-pool-fault-suite.ts';
import { nodePoolSuite } from '../../../test/support/node-pool-suite.ts';

nodePoolSuite('fake', async () => {
  const clock = manualClock();
  const pool = fakeNodePool(clock, { unbooted: true });
  return {
    pool,
    again: () => pool,
    unbooted: pool,
    pass: async (ms) => clock.advance(ms),
    installationId: 'seto-test',
    poolName: 'train',
    providerNow: clock.now,
    close: async () => undefined,
  };
});

nodePoolFaultSuite('fake', async (clock) => ({
  pool: fakeNodePool(clock),
  other: fakeNodePool(clock, { installationId: 'seto-other' }),
  close: async () => undefined,
}));
