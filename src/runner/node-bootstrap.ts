import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { fault } from '../shared/errors.ts';

/** What a pool hands a new node; written by the driver, read once. */
export const nodeBootstrapSchema = z.object({
  /** The control plane as this node reaches it. */
  url: z.string().refine((value) => URL.canParse(value), 'must be a URL'),
  /** PEM of the authority of `url`, where it is not a public one. */
  ca: z.string().nullable().default(null),
  oneTimeToken: z.string().min(1),
  /** Counted from the start of this process; null where nothing is billed. */
  leaseMs: z.number().nonnegative().nullable(),
  nodeId: z.string().min(1),
  installationId: z.string().min(1),
  pool: z.string(),
  site: z.enum(['cloud', 'onprem']),
  tags: z.array(z.string()).default([]),
  workDir: z.string().startsWith('/'),
  runtimeDir: z.string().startsWith('/'),
  recordFile: z.string().startsWith('/'),
  /** Told of each new end of the lease, for whoever ends the machine should this process hang. */
  leaseFile: z.string().startsWith('/').nullable().default(null),
  /** Unix socket; shorter than 100 bytes. */
  socket: z.string().startsWith('/').max(99),
  endAfterIdleMs: z.number().nonnegative().nullable().default(null),
  isolation: z.enum(['bubblewrap', 'none']).default('bubblewrap'),
  /** Limits of one job; by default four fifths of the machine's memory, and 50 GB. */
  memoryMb: z.number().positive().nullable().default(null),
  diskGb: z.number().positive().default(50),
});

export type NodeBootstrapFile = z.output<typeof nodeBootstrapSchema>;

export function readBootstrap(file: string): NodeBootstrapFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fault('runner.bootstrap', {
      file,
      problems: error instanceof Error ? error.message : String(error),
    });
  }
  const parsed = nodeBootstrapSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw fault('runner.bootstrap', { file, problems });
}
