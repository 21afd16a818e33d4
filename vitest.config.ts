import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begun last, each of these would keep a core idle for a minute or two at the end. */
const longest = ['/test/scenarios/readme.', '/test/months.', '/test/scenarios/crash/', '/test/'];

/** Scenarios mostly wait: begun first, they run beside the many short files and not after them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((part) => moduleId.includes(part));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  resolve: { alias: { 'seto/pictures': path.join(import.meta.dirname, 'src/serving/pictures.ts') } },
  test: {
    projects: [
      {
        extends: true,
        // Many short files: each in a process of its own would load the same modules again, a minute of processor time.
        test: { name: 'parts', include: ['src/**/*.test.ts', 'samples/**/*.test.ts'], isolate: false },
      },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts'] } },
    ],
    globalSetup: 'test/support/lent-runtime.ts',
    pool: 'forks',
    // Scenarios start real processes: more files at a time, and their waits run out on two cores; fewer, and cores idle.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { ORT_DISABLE_TELEMETRY: '1', SETO_LOG: 'warn' },
  },
});
