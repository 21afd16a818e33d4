import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { giveFeedback } from '../api/contract/monitoring.ts';
import { fault, missing } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import type { Cli } from './cli.ts';
import { type FeedbackItem, type FeedbackLine, readFeedbackCsv, withPlace } from './feedback-csv.ts';

/** Items in one request; the server takes them in one transaction. */
const itemsAtOnce = 5000;

/** `seto feedback ENDPOINT PREDICTION|REFERENCE LABEL`, or `--csv FILE`. */
export function register(program: Command, cli: Cli): void {
  program
    .command('feedback')
    .description('Tell the true label of predictions; accuracy and retraining follow from it')
    .argument('<endpoint>')
    .argument('[prediction]', 'predictionId, or your own reference (the newest prediction with it)')
    .argument('[label]')
    .option('--csv <file>', 'columns predictionId or reference, and label')
    .option('--json')
    .addHelpText(
      'after',
      '\nExamples:\n  seto feedback inspection SN-0017 defect\n  seto feedback inspection --csv labels.csv',
    )
    .action(
      async (
        endpoint: string,
        prediction: string | undefined,
        label: string | undefined,
        options: { csv?: string; json?: true },
      ) => {
        const items = await itemsOf(cli, prediction, label, options.csv);
        const client = await cli.client();
        const sum = { matched: 0, waiting: 0 };
        for (let at = 0; at < items.length; at += itemsAtOnce) {
          const part = items.slice(at, at + itemsAtOnce);
          const { matched, waiting } = await client
            .call(giveFeedback, { params: { endpoint }, body: { items: part } })
            .catch((error: unknown) => {
              throw options.csv === undefined ? error : withPlace(error, options.csv, part);
            });
          sum.matched += matched;
          sum.waiting += waiting;
        }
        if (options.json) cli.json(sum);
        else cli.print(say(cli.lang, 'feedback.done', sum));
      },
    );
}

async function itemsOf(
  cli: Cli,
  prediction: string | undefined,
  label: string | undefined,
  csv: string | undefined,
): Promise<(FeedbackItem | FeedbackLine)[]> {
  if (csv !== undefined && prediction === undefined) {
    const text = await readFile(path.resolve(cli.cwd, csv), 'utf8').catch((error: unknown) => {
      throw missing('file', csv, { cause: error });
    });
    return readFeedbackCsv(text, csv);
  }
  if (prediction === undefined || label === undefined || csv !== undefined)
    throw fault('core.usage', { what: say(cli.lang, 'usage.feedback'), command: 'seto feedback' });
  return [
    /^[0-9a-f]{32}$/.test(prediction)
      ? { predictionId: prediction, label }
      : { reference: prediction, label },
  ];
}
