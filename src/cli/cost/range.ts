import type { Command } from 'commander';
import type { PriceBook } from '../../cost/prices/price-book.ts';
import type { Span, SpanMistake } from '../../cost/range/span.ts';
import { fault, type SetoError } from '../../shared/errors.ts';
import { phrase, say } from '../../shared/text.ts';
import type { Cli } from '../cli.ts';
import { badValue } from '../usage.ts';

interface Options {
  prices?: string;
  x?: string;
  y?: string;
  svg?: string;
  png?: string;
  sensitivity?: true;
  json?: true;
}

const command = 'seto cost range';

/** `seto cost range` */
export function registerRange(cost: Command, cli: Cli): void {
  cost
    .command('range')
    .description('where each layout is cheapest and within the budget, over one or two inputs; works offline')
    .argument('<file>', 'a scenario with a workload')
    .option(
      '--x <input=a..b>',
      'trainingHours, vmPriceYen, dataGb, linkMbps, developers, yenPerDollar or budgetYen; :log behind it',
    )
    .option('--y <input=a..b>', 'a second input: a map')
    .option('--prices <file>', 'a price sheet, or a book saved by seto cost prices --json > FILE')
    .option('--svg <file>', 'draw it')
    .option('--png <file>', 'draw it, with letters of its own')
    .option('--sensitivity', 'which input moves the answer most')
    .option('--json')
    .addHelpText(
      'after',
      '\nExample:\n  seto cost range scenario.yaml --x trainingHours=0..200 --svg range.svg\n  seto cost range scenario.yaml --x dataGb=1..1000:log --y linkMbps=10..1000:log --png map.png',
    )
    .action((file: string, options: Options) => perform(cli, file, options));
}

async function perform(cli: Cli, file: string, options: Options): Promise<void> {
  const { readSpan } = await import('../../cost/range/span.ts');
  const spanOf = (name: '--x' | '--y', given: string | undefined): Span | null => {
    if (given === undefined) return null;
    const read = readSpan(given);
    if ('wrong' in read) throw spanMistake(name, given, read);
    return read;
  };
  const x = spanOf('--x', options.x);
  const y = spanOf('--y', options.y);
  if (x === null && !options.sensitivity)
    throw fault('core.usage', { what: phrase('range.needs_x'), command });
  for (const name of ['y', 'svg', 'png'] as const)
    if (x === null && options[name] !== undefined)
      throw badValue(command, { name: `--${name}`, value: options[name] }, 'range.needs_x_for');
  if (x !== null && y?.input === x.input)
    throw badValue(command, { name: '--y', value: options.y ?? '' }, 'range.other_input');
  const [{ readYamlConfig }, { scenarioBook }, { scenarioSchemaFor }, { compileBill }] = await Promise.all([
    import('../../shared/yaml-config.ts'),
    import('../../prices/scenario-book.ts'),
    import('../../cost/estimate/scenario.ts'),
    import('../../cost/estimate/compile-bill.ts'),
  ]);
  const book = scenarioBook(file, options.prices);
  const scenario = readYamlConfig(file, scenarioSchemaFor(book));
  if (scenario.kind === 'direct') throw badValue(command, { name: 'file', value: file }, 'range.workload');
  const model = compileBill(scenario, book);
  const { answerOf } = await import('./range-answer.ts');
  const answer = answerOf(model, x, y, options.sensitivity === true);
  await draw(cli, options, file, (name) => answer.picture(cli.lang, name, scenario, book));
  if (options.json) cli.json({ prices: pricesOf(book), exchange: scenario.exchange, ...answer.json() });
  else for (const line of answer.lines(cli.lang)) cli.print(line);
}

function pricesOf(book: PriceBook): { source: string; date: string }[] {
  return book.layers.map(({ source, date }) => ({ source, date }));
}

async function draw(
  cli: Cli,
  { svg, png }: Options,
  file: string,
  picture: (name: string) => string,
): Promise<void> {
  if (svg === undefined && png === undefined) return;
  const [{ writeFile }, path] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const drawn = picture(path.basename(file).replace(/\.ya?ml$/, ''));
  if (svg !== undefined) await writeFile(svg, drawn);
  if (png !== undefined) await writeFile(png, await (await import('./range-png.ts')).pngOf(drawn));
  for (const each of [svg, png])
    if (each !== undefined) cli.warn(say(cli.lang, 'range.written', { file: each }));
}

function spanMistake(name: string, value: string, mistake: SpanMistake): SetoError {
  const given = { name, value };
  switch (mistake.wrong) {
    case 'form':
      return badValue(command, given, 'range.span');
    case 'input':
      return badValue(command, given, 'range.inputs', {
        list: 'trainingHours, vmPriceYen, dataGb, linkMbps, developers, yenPerDollar, budgetYen',
      });
    case 'least':
    case 'above':
      return badValue(command, given, `range.${mistake.wrong}`, { least: mistake.least });
    case 'most':
      return badValue(command, given, 'range.most', { most: mistake.most });
    default:
      return badValue(command, given, `range.${mistake.wrong}`);
  }
}
