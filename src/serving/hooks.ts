import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { fault } from '../shared/errors.ts';

/** What `/predict` answers, and what `serve/post.ts` gets and gives back. */
export interface PredictAnswer {
  label: string;
  score: number;
  scores: Record<string, number>;
  decision: 'pass' | 'reject' | 'unsure' | null;
  model: { name: string; version: string };
  /** What a post hook adds. */
  [extra: string]: unknown;
}

/**
 * Code of the commit around the model. `serve/pre.ts` exports `pre(picture)`: the bytes as they came in, the bytes to
 * decode back (crop, rotate, mask). `serve/post.ts` exports `post(answer)`: the answer with whatever it adds.
 * Both may be asynchronous; a throw refuses that one request (422).
 */
export interface Hooks {
  pre: ((picture: Uint8Array) => Promise<Uint8Array>) | null;
  post: ((answer: PredictAnswer) => Promise<PredictAnswer>) | null;
}

const answerSchema = z.looseObject({
  label: z.string(),
  score: z.number(),
  scores: z.record(z.string(), z.number()),
  decision: z.enum(['pass', 'reject', 'unsure']).nullable(),
  model: z.object({ name: z.string(), version: z.string() }),
});

/** Loads the hooks of a folder; what is not there is null. Throws `serving.bad_hook` where a file exports no function. */
export async function loadHooks(dir: string | null): Promise<Hooks> {
  const pre = await load(dir, 'pre');
  const post = await load(dir, 'post');
  return {
    pre:
      pre &&
      (async (picture) => {
        const result = await call('pre', pre, picture);
        if (result instanceof Uint8Array) return result;
        throw fault('serving.bad_hook', { file: 'serve/pre.ts', problem: 'it returned no Uint8Array' });
      }),
    post:
      post &&
      (async (answer) => {
        const result = answerSchema.safeParse(await call('post', post, answer));
        if (result.success) return result.data;
        throw fault('serving.bad_hook', {
          file: 'serve/post.ts',
          problem: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
        });
      }),
  };
}

type Hook = (value: unknown) => unknown;

async function load(dir: string | null, name: 'pre' | 'post'): Promise<Hook | null> {
  if (dir === null) return null;
  const file = path.resolve(dir, `${name}.ts`);
  if (!existsSync(file)) return null;
  const failed = (problem: string, cause?: unknown) =>
    fault('serving.bad_hook', { file: `serve/${name}.ts`, problem }, { cause });
  const module = (await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause);
  })) as Record<string, unknown>;
  const hook = module[name] ?? module['default'];
  if (typeof hook !== 'function') throw failed(`it exports no function \`${name}\``);
  return hook as Hook;
}

async function call(name: 'pre' | 'post', hook: Hook, value: unknown): Promise<unknown> {
  try {
    return await hook(value);
  } catch (cause) {
    throw fault(
      'serving.bad_hook',
      { file: `serve/${name}.ts`, problem: cause instanceof Error ? cause.message : String(cause) },
      { cause },
    );
  }
}
