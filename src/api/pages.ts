import { createHash } from 'node:crypto';
import { fault } from '../shared/errors.ts';
import { type PhraseKey, say } from '../shared/text.ts';
import { homePage, jobPage, pipelinePage, signInPage } from './contract/pages.ts';
import { type Call, type Handler, handle } from './handle.ts';

const style =
  'body{font:1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}pre{overflow-x:auto;padding:.8rem;border:1px solid #8886;border-radius:.4rem}';
/** Nothing runs and nothing is fetched; the one style is known by its hash. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

interface Page {
  status: 200 | 404;
  title: PhraseKey;
  text: PhraseKey;
  commands: string[];
}

/** Plain pages for whoever opens one of our links in a browser. They read nothing, so they need no sign-in. */
export function pageHandlers({ url }: { url(): string }): Handler[] {
  return [
    handle(homePage, (call) =>
      send(call, {
        status: 200,
        title: 'page.home.title',
        text: 'page.home',
        commands: [`seto login ${url()}/sign-in#seto_…`, 'seto status', 'seto pipeline ls'],
      }),
    ),
    handle(signInPage, (call) =>
      send(call, {
        status: 200,
        title: 'page.sign_in.title',
        text: 'page.sign_in',
        commands: [`seto login '${url()}/sign-in#seto_…'`],
      }),
    ),
    handle(pipelinePage, (call) =>
      send(call, {
        status: 404,
        title: 'page.pipeline.title',
        text: 'page.command',
        commands: [`seto pipeline show ${call.params.id}`],
      }),
    ),
    handle(jobPage, (call) =>
      send(call, {
        status: 404,
        title: 'page.job.title',
        text: 'page.command',
        commands: [`seto job show ${call.params.id}`, `seto job logs -f ${call.params.id}`],
      }),
    ),
  ];
}

/** Programs that do not ask for HTML get what they got for any unknown path. */
function send(call: Call, page: Page): undefined {
  const { headers, lang, reply, request } = call;
  if (!/\btext\/html\b/i.test(headers.accept ?? ''))
    throw fault('core.not_found', { what: `${request.method} ${request.url.split('?')[0]}` });
  const id = (call.params as { id?: number }).id ?? '';
  const title = escapeHtml(say(lang, page.title, { id }));
  void reply
    .status(page.status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
    })
    .send(
      `<!doctype html>
<html lang="${lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
<h1>${title}</h1>
<p>${escapeHtml(say(lang, page.text))}</p>
<pre>${page.commands.map(escapeHtml).join('\n')}</pre>
</html>
`,
    );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
