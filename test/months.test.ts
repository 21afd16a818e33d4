import path from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../src/shared/subprocess.ts';

/** Longer: SETO_MONTHS=1000000. Another seed each time, printed; the same again: SETO_MONTHS_SEED=7. */
const months = Number(process.env['SETO_MONTHS'] ?? 10_000);
const seed = Number(process.env['SETO_MONTHS_SEED'] ?? Date.now() % 2 ** 31);
const player = path.join(import.meta.dirname, 'support/months/main.ts');

it('whatever a month brings, the money is as promised', { timeout: 86_400_000 }, async () => {
  const { code, stdout, stderr } = await run([process.execPath, player, `${months}`, `${seed}`], {
    timeoutMs: 86_400_000,
  });
  // The seed and the smallest month that shows it stand in the message itself: of a long log only the end may be kept.
  expect(code, `seed ${seed}, ${months} months:\n${stdout}${stderr}`).toBe(0);
  process.stdout.write(`months: ${stdout}`);
  expect(JSON.parse(stdout.toString())).toMatchObject({ seed, months });
});
