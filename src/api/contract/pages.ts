import * as z from 'zod';
import { route, stream } from './route.ts';

/** What a browser gets until there is a console: one page that names the command. */
function page(path: string, summary: string) {
  return route({ method: 'GET', path, action: 'console.open', summary, reply: stream });
}

export const homePage = page('/', 'For browsers: what this is');
export const signInPage = page('/sign-in', 'For browsers: how to use the sign-in link; it stays unused');

const numbered = (path: string, summary: string) =>
  route({
    method: 'GET',
    path,
    action: 'console.open',
    summary,
    params: z.object({ group: z.string(), name: z.string(), id: z.coerce.number().int().positive() }),
    reply: stream,
  });

export const pipelinePage = numbered(
  '/:group/:name/-/pipelines/:id',
  'For browsers: the command that shows a pipeline (404: it has no page)',
);
export const jobPage = numbered(
  '/:group/:name/-/jobs/:id',
  'For browsers: the command that shows a job (404: it has no page)',
);
