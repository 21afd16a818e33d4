import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

const identitySchema = z.object({ installationId: z.string(), nodeId: z.string() });

/** Who answers on a node's socket; null where nobody does. */
export async function nodeIdentity(socket: string): Promise<z.infer<typeof identitySchema> | null> {
  const reply = await ask(socket, 'GET', '/').catch(() => null);
  return identitySchema.safeParse(reply).data ?? null;
}

/** Tells a node to end now (its job gets the usual grace). False where nobody answers. */
export async function tellNode(socket: string, word: 'end' | 'drain'): Promise<boolean> {
  return ask(socket, 'POST', `/${word}`).then(
    () => true,
    () => false,
  );
}

function ask(socketPath: string, method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, timeout: 2000 }, (reply) => {
      json(reply).then(resolve, reject);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
    asked.end();
  });
}
