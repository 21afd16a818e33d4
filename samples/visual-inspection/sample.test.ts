import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPictures } from 'seto/pictures';
import { afterAll, describe, expect, it } from 'vitest';
import { parseModelManifest } from '../../src/serving/model-manifest.ts';
import { changePictures, changes, generatePictures } from './generate.ts';
import { assignFolds } from './trainer/folds.ts';
import { areaUnderCurve, chooseThreshold, rejectLabels, unsureBand } from './trainer/judge.ts';
import { chooseInput } from './trainer/survey.ts';

const dir = mkdtempSync(join(tmpdir(), 'sample-'));
afterAll(() => rmSync(dir, { recursive: true }));

const input = {
  name: 'x',
  shape: [1, 1, 64, 64],
  colour: 'grey',
  resize: 'stretch',
  normalise: 'fixed',
  mean: [0],
  std: [1],
} as const;
const paths = async (folder: string) =>
  (await Array.fromAsync(loadPictures(folder, structuredClone(input) as never))).map(
    ({ path, label, group }) => [path, label, group],
  );

describe('generate', () => {
  it('renders the same parts from the same seed', async () => {
    expect(await generatePictures(join(dir, 'a'), { parts: 10, shots: 2 })).toBe(20);
    await generatePictures(join(dir, 'b'), { parts: 5, first: 5, shots: 2 });
    const picture = 'ok/part-1-0008-1.png';
    expect(readFileSync(join(dir, 'b', picture)).equals(readFileSync(join(dir, 'a', picture)))).toBe(true);
    const all = await paths(join(dir, 'a'));
    expect(all.filter(([, label]) => label === 'defect')).toHaveLength(8);
    expect(new Set(all.map(([, , group]) => group)).size).toBe(10);
  });

  it.each(changes)('%s changes every picture and keeps labels and groups', async (change) => {
    await changePictures(join(dir, 'a'), join(dir, change), change);
    const before = await Array.fromAsync(loadPictures(join(dir, 'a'), structuredClone(input) as never));
    const after = await Array.fromAsync(loadPictures(join(dir, change), structuredClone(input) as never));
    expect(after.map(({ label, group }) => [label, group])).toEqual(
      before.map(({ label, group }) => [label, group]),
    );
    for (const [i, picture] of after.entries()) {
      const [was, is] = [await before[i]?.tensor(), await picture.tensor()];
      expect(is.some((x, p) => Math.abs(x - (was?.[p] ?? 0)) > 0.05)).toBe(true);
    }
  });

  it('changes a folder of anyone: equal names, commas, no groups.csv', async () => {
    const from = join(dir, 'anyone');
    mkdirSync(join(from, 'ok'), { recursive: true });
    const pictures = await Array.fromAsync(loadPictures(join(dir, 'a'), structuredClone(input) as never));
    for (const [i, name] of ['1.bmp', '1.png', '1, "left".png'].entries())
      copyFileSync(join(dir, 'a', pictures[i]?.path ?? ''), join(from, 'ok', name));
    expect(await changePictures(from, join(dir, 'anyone-dirt'), 'dirt')).toBe(3);
    const group = async (folder: string) => (await paths(folder)).map(([, , each]) => each).sort();
    expect(await group(join(dir, 'anyone-dirt'))).toEqual(await group(from));
  });
});

it('names the picture that cannot be read', async () => {
  const folder = join(dir, 'broken');
  mkdirSync(join(folder, 'ok'), { recursive: true });
  writeFileSync(join(folder, 'ok', 'cut.png'), 'no picture');
  const pictures = await Array.fromAsync(loadPictures(folder, structuredClone(input) as never));
  await expect(chooseInput(folder, pictures)).rejects.toThrow('ok/cut.png: ');
});

describe('judging', () => {
  it('rejects every label but the sound one', () => {
    expect(rejectLabels(['defect', 'ok'])).toEqual(['defect']);
    expect(rejectLabels(['dent', '良品', 'scratch'])).toEqual(['dent', 'scratch']);
    expect(rejectLabels(['cat', 'dog'])).toBeUndefined();
  });

  it('puts the threshold between the two sides, and doubts where they overlap', () => {
    const apart = [0.1, 0.2, 0.15, 0.8, 0.9].map((score, i) => ({ score, bad: i > 2 }));
    expect(chooseThreshold(apart)).toBe(0.5);
    const low = apart.map(({ score, bad }) => ({ score: score / 4, bad }));
    expect(chooseThreshold(low)).toBeGreaterThan(0.05);
    expect(chooseThreshold(low)).toBeLessThanOrEqual(0.2);
    expect(unsureBand(apart, 0.5)).toBeUndefined();
    expect(areaUnderCurve(apart)).toBe(1);
    const mixed = Array.from({ length: 100 }, (_, i) => ({
      score: i / 100,
      bad: i >= 50 !== (i % 3 === 0 && i > 35 && i < 65),
    }));
    const band = unsureBand(mixed, 0.5);
    expect(band?.[0]).toBeLessThan(0.5);
    expect(band?.[1]).toBeGreaterThan(0.5);
  });

  it('keeps a part in one fold and shares labels out', () => {
    const pictures = Array.from({ length: 120 }, (_, i) => ({
      group: `g${i >> 2}`,
      label: (i >> 2) % 3 === 0 ? 'defect' : 'ok',
    }));
    const folds = assignFolds(pictures, 4, 1);
    for (const [i, fold] of folds.entries()) expect(fold).toBe(folds[i - (i % 4)]);
    const defects = [0, 1, 2, 3].map(
      (fold) => pictures.filter((p, i) => folds[i] === fold && p.label === 'defect').length,
    );
    expect(Math.max(...defects) - Math.min(...defects)).toBeLessThanOrEqual(4);
  });
});

describe('train', () => {
  const train = (out: string, ...options: string[]) =>
    spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'train.ts'), join(dir, 'a'), join(dir, out), '--epochs', '2', ...options],
      { encoding: 'utf8' },
    );

  it('writes the same model on one thread and on two, and another for another seed', () => {
    for (const [out, ...options] of [
      ['m1', '--threads', '1'],
      ['m2', '--threads', '2'],
      ['m3', '--seed', '2'],
    ] as const) {
      const { status, stderr } = train(out, ...options);
      expect(stderr).toBe('');
      expect(status).toBe(0);
    }
    const bytes = (out: string, file: string) => readFileSync(join(dir, out, file));
    expect(bytes('m1', 'model.onnx').equals(bytes('m2', 'model.onnx'))).toBe(true);
    expect(bytes('m1', 'model.json').equals(bytes('m2', 'model.json'))).toBe(true);
    expect(bytes('m1', 'model.onnx').equals(bytes('m3', 'model.onnx'))).toBe(false);
    const manifest = parseModelManifest(bytes('m1', 'model.json').toString());
    expect(manifest.decision?.reject).toEqual(['defect']);
    expect(manifest.reference?.pictures).toBe(20);
  }, 120_000);

  it('says what is missing', async () => {
    await generatePictures(join(dir, 'one/x'), { parts: 2, shots: 1 });
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'train.ts'), join(dir, 'one'), join(dir, 'none')],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toContain('at least two folders');
  });
});
