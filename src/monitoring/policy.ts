import { Cron } from 'croner';
import * as z from 'zod';
import type { PhraseKey } from '../shared/text.ts';
import { parseYamlConfig } from '../shared/yaml-config.ts';

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(s|m|h|d|w)$/, 'input.long_duration' satisfies PhraseKey)
  .transform((text) => Number.parseFloat(text) * units[text.slice(-1) as keyof typeof units]);

const schedule = z.string().refine(isCron, 'input.cron' satisfies PhraseKey);

const policySchema = z.strictObject({
  retrain: z
    .strictObject({
      endpoint: z.string(),
      data: z.string(),
      when: z
        .strictObject({
          accuracyBelow: z.number().gt(0).max(1).optional(),
          driftAbove: z.number().positive().optional(),
          newLabels: z.number().int().positive().optional(),
          schedule: schedule.optional(),
        })
        .refine((when) => Object.keys(when).length > 0, 'input.condition' satisfies PhraseKey),
      coolDown: duration.prefault('24h'),
    })
    .optional(),
});

/** When to retrain what, as `.seto.yaml` says. */
export interface RetrainPolicy {
  endpoint: string;
  data: string;
  when: {
    accuracyBelow?: number | undefined;
    driftAbove?: number | undefined;
    newLabels?: number | undefined;
    /** Five cron fields, in the installation's time zone. */
    schedule?: string | undefined;
  };
  coolDownMs: number;
}

/** Parses `.seto.yaml`; null where it has no `retrain`. @throws core.config with every mistake at its place */
export function parsePolicy(text: string, file = '.seto.yaml'): RetrainPolicy | null {
  const { retrain } = parseYamlConfig(text, file, policySchema);
  if (retrain === undefined) return null;
  const { endpoint, data, when, coolDown } = retrain;
  return { endpoint, data, when, coolDownMs: coolDown };
}

function isCron(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    new Cron(text, { paused: true }).stop();
    return true;
  } catch {
    return false;
  }
}

/** The first time after `from` (wall milliseconds) that a schedule names; null where it names none. */
export function nextTime(pattern: string, from: number, timeZone: string): number | null {
  return new Cron(pattern, { paused: true, timezone: timeZone }).nextRun(new Date(from))?.getTime() ?? null;
}
