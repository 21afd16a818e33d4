import type { TestContext } from 'vitest';

/**
 * Skips a test with its reason where `there` is false; in CI, where everything should be there, it fails instead
 * unless `elsewhere` says that this machine cannot have it.
 */
export function need(context: TestContext, there: boolean, reason: string, elsewhere = false): void {
  if (there) return;
  if (process.env['CI'] && !elsewhere) throw new Error(`should not be skipped in CI: ${reason}`);
  process.stdout.write(`skipped: ${context.task.name}: ${reason}\n`);
  context.skip(reason);
}
