import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { explain, SetoError } from '../../shared/errors.ts';
import type { Lang } from '../../shared/text/format.ts';
import type { Cli } from '../cli.ts';
import { terminalCli } from '../terminal.ts';
import { registerRange } from './range.ts';

const inspection = path.join(import.meta.dirname, '../../../samples/scenarios/inspection.yaml');
const terminal = terminalCli('en', new AbortController().signal);
const dir = mkdtempSync(path.join(tmpdir(), 'range-'));

/** Runs the command here and gives what it printed. */
async function range(lang: Lang, ...args: string[]): Promise<{ lines: string[]; json: unknown[] }> {
  const said = { lines: [] as string[], json: [] as unknown[] };
  const cli: Cli = {
    ...terminal,
    lang,
    print: (line) => void said.lines.push(line),
    warn: () => undefined,
    json: (value) => void said.json.push(JSON.parse(JSON.stringify(value))),
  };
  const cost = new Command('cost').exitOverride();
  registerRange(cost, cli);
  await cost.parseAsync(['range', ...args], { from: 'user' });
  return said;
}

async function mistake(lang: Lang, ...args: string[]): Promise<{ exit: number; text: string }> {
  try {
    await range(lang, ...args);
  } catch (error) {
    if (!(error instanceof SetoError)) throw error;
    const { message, remedy } = explain(error.code, error.values, lang);
    return { exit: error.exitCode, text: `${message} ${remedy}` };
  }
  throw new Error('no mistake');
}

describe('seto cost range', () => {
  it('prints stretches, break-evens and budget limits, and the same as JSON', async () => {
    const { lines } = await range('en', inspection, '--x', 'trainingHours=0..300');
    const { json } = await range('en', inspection, '--x', 'trainingHours=0..300', '--json');
    const [answer] = json as [{ scenario: object; range: { cheapest: { to: number; layouts: string[] }[] } }];
    expect(answer.scenario).toMatchObject({ trainingHours: 4, developers: 2, budgetYen: 100_000 });
    const [first, second] = answer.range.cheapest;
    expect([first?.layouts, second?.layouts]).toEqual([['hybrid-vm'], ['all-onprem']]);
    const shown = first?.to.toLocaleString('en-US', { maximumSignificantDigits: 6 });
    expect(lines.some((line) => line.includes(`${shown}  hybrid-vm → all-onprem`))).toBe(true);
    expect(lines).toContain('Within the budget of 100,000 yen');
  });

  it('prints a map and what moves the answer in Japanese', async () => {
    const { lines } = await range(
      'ja',
      inspection,
      '--x',
      'dataGb=1..900:log',
      '--y',
      'developers=1..9',
      '--sensitivity',
    );
    expect(lines.filter((line) => line.includes('開発者 (人) '))).not.toEqual([]);
    expect(lines.some((line) => line.includes('最も動かす'))).toBe(true);
  });

  it.each([
    [['--x', 'hours=1..5'], 'trainingHours, vmPriceYen, dataGb'],
    [['--x', 'dataGb=5..1'], 'dataGb=5..1'],
    [['--x', 'linkMbps=0..5'], '0'],
    [['--x', 'dataGb=0..5:log'], '--x'],
    [['--x', 'dataGb=1..5', '--y', 'dataGb=1..5'], '--y'],
    [[], '--sensitivity'],
    [['--sensitivity', '--svg', 'x.svg'], '--svg'],
  ])('says what is wrong with %j, in both languages', async (args, part) => {
    for (const lang of ['en', 'ja'] as const) {
      const { exit, text } = await mistake(lang, inspection, ...args);
      expect(exit).toBe(2);
      expect(text).toContain(part);
      expect(/[ぁ-ん]/.test(text)).toBe(lang === 'ja');
    }
  });

  it('says what is missing where a scenario has no workload', async () => {
    const file = path.join(dir, 'direct.yaml');
    writeFileSync(file, 'pools: [{ name: a, pricePerHour: { yen: 5 }, nodeHours: { 1: 5 } }]\n');
    const { exit, text } = await mistake('en', file, '--x', 'dataGb=1..5');
    expect(exit).toBe(2);
    expect(text).toContain('`workload:`');
  });
});

describe('its pictures', () => {
  const pictures = new Map<string, { svg: string; png: Buffer }>();
  const wanted = {
    lines: ['--x', 'dataGb=1..2000:log'],
    map: ['--x', 'dataGb=1..2000:log', '--y', 'linkMbps=5..1000:log'],
  };
  beforeAll(async () => {
    for (const lang of ['en', 'ja'] as const)
      for (const [kind, args] of Object.entries(wanted)) {
        const file = path.join(dir, `${kind}-${lang}`);
        await range(lang, inspection, ...args, '--svg', `${file}.svg`, '--png', `${file}.png`);
        pictures.set(`${kind}-${lang}`, {
          svg: readFileSync(`${file}.svg`, 'utf8'),
          png: readFileSync(`${file}.png`),
        });
      }
  });

  it.each(['lines-en', 'lines-ja', 'map-en', 'map-ja'])('%s has its texts, all within it', (name) => {
    const { svg = '' } = pictures.get(name) ?? {};
    const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
    const height = Number(/ height="(\d+)"/.exec(svg)?.[1]);
    const texts = [...svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)"[^>]*>([^<]*)/g)];
    expect(texts.length).toBeGreaterThan(20);
    for (const [, x, y] of texts) {
      expect(Number(x) > 0 && Number(x) < width).toBe(true);
      expect(Number(y) > 0 && Number(y) < height).toBe(true);
    }
    const all = texts.map(([, , , text]) => text).join('\n');
    expect(all).toContain(name.endsWith('ja') ? '学習データ (GB)' : 'Training data, GB');
    expect(all).toContain('150');
    expect(all).toContain('hybrid-vm');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('marks the break-evens of the table by their numbers', () => {
    const { svg = '' } = pictures.get('lines-en') ?? {};
    expect(svg).toMatch(/>1<\/text>/);
    expect(svg).toMatch(/>2<\/text>/);
  });

  it('has letters in its PNG, Japanese too, with no font of the machine', async () => {
    for (const lang of ['en', 'ja']) {
      const { png, svg } = pictures.get(`lines-${lang}`) ?? { png: Buffer.alloc(0), svg: '' };
      const { pngOf } = await import('./range-png.ts');
      const mute = await pngOf(svg.replaceAll(/<text.*?<\/text>/g, ''));
      expect((await ink(png)) - (await ink(Buffer.from(mute)))).toBeGreaterThan(5000);
      // Each letter has a shape of its own: a box for what a font lacks would be the same for all.
      const one = await pngOf(svg.replaceAll('習', '学'));
      expect(Buffer.compare(Buffer.from(one), png) === 0).toBe(lang === 'en');
    }
  });

  it('tells the regions of a map apart in grey', async () => {
    const { png } = pictures.get('map-en') ?? { png: Buffer.alloc(0) };
    const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => data[(y * info.width + x) * info.channels] ?? 0;
    // Upper left hybrid-vm, lower right all-onprem.
    expect(at(240, 200) - at(1460, 905)).toBeGreaterThan(35);
  });
});

/** Pixels that are darker than the paper by half. */
async function ink(png: Buffer): Promise<number> {
  const { data } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  return data.reduce((sum, value) => sum + (value < 128 ? 1 : 0), 0);
}
