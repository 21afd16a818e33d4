import { fault } from '../shared/errors.ts';
import { createOutbound } from '../shared/outbound.ts';

/** Posts an event as JSON to the URL of seto.yaml (named there, so it may be private); without one nothing is sent. */
export async function tellWebhook(url: string | undefined, event: object): Promise<void> {
  if (url === undefined) return;
  const outbound = createOutbound({ allow: [url] });
  try {
    const { status, body } = await outbound.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
      silenceMs: 10_000,
    });
    await body.dump();
    if (status >= 300)
      throw fault('core.unreachable', { url: new URL(url).origin, reason: `HTTP ${status}` });
  } finally {
    await outbound.close();
  }
}
