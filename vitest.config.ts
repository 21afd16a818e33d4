import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Scenarios take minutes and mostly wait: begun first, they run beside the many short files and not after them. */
class ScenariosFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isScenario = ({ moduleId }: TestSpecification) => moduleId.includes('/test/');
    return [...sorted.filter((file) => isScenario(file)), ...sorted.filter((file) => !isScenario(file))];
  }
}

export default defineConfig({
  resolve: { alias: { 'seto/pictures': path.join(import.meta.dirname, 'src/serving/pictures.ts') } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'samples/**/*.test.ts'],
    globalSetup: 'test/support/lent-runtime.ts',
    pool: 'forks',
    // Scenarios start real processes: more files at a time, and their waits run out on two cores; fewer, and cores idle.
    maxWorkers: 3,
    sequence: { sequencer: ScenariosFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { ORT_DISABLE_TELEMETRY: '1', SETO_LOG: 'warn' },
  },
});
