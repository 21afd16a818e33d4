import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { showEndpoint } from '../api/contract/endpoints.ts';
import type { ErrorBody } from '../shared/errors.ts';
import { fault, isErrorCode, missing, SetoError } from '../shared/errors.ts';
import { createOutbound, type Outbound } from '../shared/outbound.ts';
import { type Cli, table } from './cli.ts';

interface PredictOptions {
  reference?: string;
  group?: string;
  key?: string;
  json?: true;
}

const answerSchema = z.looseObject({
  predictionId: z.string(),
  label: z.string(),
  score: z.number(),
  decision: z.string().nullish(),
});

/** `seto predict ENDPOINT FILE…` */
export function register(program: Command, cli: Cli): void {
  program
    .command('predict')
    .description('Send pictures to an endpoint')
    .argument('<endpoint>')
    .argument('<files...>')
    .option('--reference <r>', 'your own serial number; with several files, -1, -2 … is added')
    .option('--group <g>', 'the part that the pictures show')
    .option('--key <key>', 'endpoint key (default: SETO_ENDPOINT_KEY, else your own token)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto predict inspection part-0017.png --reference SN-0017')
    .action(async (endpoint: string, files: string[], options: PredictOptions) => {
      const client = await cli.client();
      const { url } = await client.call(showEndpoint, { params: { endpoint } });
      const key = options.key ?? cli.env['SETO_ENDPOINT_KEY'] ?? (await client.token());
      const outbound = createOutbound({ allow: [new URL(url).origin], env: cli.env });
      const answers: ({ file: string } & z.infer<typeof answerSchema>)[] = [];
      try {
        for (const [index, file] of files.entries()) {
          const reference =
            options.reference === undefined || files.length === 1
              ? options.reference
              : `${options.reference}-${index + 1}`;
          const headers = {
            'accept-language': cli.lang,
            'content-type': 'application/octet-stream',
            ...(key ? { authorization: `Bearer ${key}` } : {}),
            ...(reference === undefined ? {} : { 'x-seto-reference': encodeURIComponent(reference) }),
            ...(options.group === undefined ? {} : { 'x-seto-group': encodeURIComponent(options.group) }),
          };
          answers.push({
            file,
            ...(await ask(outbound, `${url}/predict`, path.resolve(cli.cwd, file), headers)),
          });
        }
      } finally {
        await outbound.close();
      }
      if (options.json) return cli.json(answers);
      const rows = answers.map((each) => [
        each.file,
        each.label,
        each.score.toFixed(3),
        each.decision ?? '–',
        each.predictionId,
      ]);
      for (const line of table([['FILE', 'LABEL', 'SCORE', 'DECISION', 'PREDICTION'], ...rows]))
        cli.print(line);
    });
}

async function ask(
  outbound: Outbound,
  url: string,
  file: string,
  headers: Record<string, string>,
): Promise<z.infer<typeof answerSchema>> {
  const picture = await readFile(file).catch((error: unknown) => {
    throw missing('file', file, { cause: error });
  });
  const response = await outbound.request(url, { method: 'POST', headers, body: picture });
  const text = await response.body.text();
  if (response.status === 200) return answerSchema.parse(JSON.parse(text));
  throw errorOf(url, response.status, text);
}

function errorOf(url: string, status: number, text: string): SetoError {
  try {
    const { error } = JSON.parse(text) as ErrorBody;
    if (isErrorCode(error.code)) return new SetoError(error.code, error.values);
    return fault('core.remote', { message: error.message, remedy: error.remedy });
  } catch {
    return fault('core.unreachable', { url, reason: `HTTP ${status}` });
  }
}
