import * as z from 'zod';

/** One archive to be made: which files of the working copy, in which form. */
const item = z.object({
  target: z.string(),
  format: z.enum(['zip', 'gzip', 'raw']),
  paths: z.array(z.string()),
  exclude: z.array(z.string()),
  untracked: z.boolean(),
});

/**
 * What the archive helper is asked to do; JSON on its standard input. Paths are as it sees them. Several archives at
 * once, since its start costs more than a small archive.
 */
export const archiveTask = z.discriminatedUnion('do', [
  z.object({ do: z.literal('pack'), root: z.string(), items: z.array(item) }),
  z.object({ do: z.literal('unpack'), root: z.string(), sources: z.array(z.string()) }),
]);

export type ArchiveTask = z.infer<typeof archiveTask>;

/** One for each archive, in order. `refused` is for the log: the archive's fault, not ours. */
const result = z.object({
  files: z.number(),
  missing: z.array(z.string()),
  leftOut: z.array(z.string()),
  refused: z.string().nullable(),
});

/** The last line of the helper's output. Unpacking stops at the first archive that is refused. */
export const archiveAnswer = z.array(result);

export type ArchiveResult = z.infer<typeof result>;
