import path from 'node:path';
import { defineConfig } from 'vitest/config';

// Scenario tests start real processes, so few files run beside each other and a test may take its time.
export default defineConfig({
  resolve: { alias: { 'seto/pictures': path.join(import.meta.dirname, 'src/serving/pictures.ts') } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'samples/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { ORT_DISABLE_TELEMETRY: '1', SETO_LOG: 'warn' },
  },
});
