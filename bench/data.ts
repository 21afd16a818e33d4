import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Stage } from '../src/cli/demo/stage.ts';
import { run } from '../src/shared/subprocess.ts';
import { median, type Row } from './table.ts';

const files = 5000;
const fileBytes = 16 * 1024;
const peerRuns = 3;

/** Push and pull of a set against copies of the same files; whole commands, the CLI's start included. */
export async function measureData(stage: Stage, projectDir: string): Promise<Row[]> {
  const from = path.join(stage.dir, 'set');
  for (const label of ['ok', 'defect']) {
    mkdirSync(path.join(from, label), { recursive: true });
    for (let at = 0; at < files / 2; at += 1)
      writeFileSync(path.join(from, label, `${at}.png`), randomBytes(fileBytes));
  }
  await run(['sync', '-f', from]);
  const to = path.join(stage.dir, 'pulled');
  const push = await seconds(() => stage.seto(['data', 'push', 'bench', from], { cwd: projectDir }));
  const pull = await seconds(() => stage.seto(['data', 'pull', 'bench', to], { cwd: projectDir }));
  const again: number[] = [];
  for (let at = 0; at < 3; at += 1)
    again.push(await seconds(() => stage.seto(['data', 'pull', 'bench', to], { cwd: projectDir })));
  const start = await seconds(() => stage.seto(['--version']));
  const copy = await peer(stage, from, ['cp', '-r'], false);
  const synced = await peer(stage, from, ['cp', '-r'], true);
  const rclone = await hasRclone();
  const other = rclone ? await peer(stage, from, ['rclone', 'copy'], false) : null;
  const beside = `cp -r ${copy.toFixed(2)} s, with sync ${synced.toFixed(2)} s; ${
    other === null ? 'rclone not installed' : `rclone ${other.toFixed(2)} s`
  }`;
  const size = `${files} files, ${((files * fileBytes) / 1e6).toFixed(0)} MB`;
  return [
    { what: `data push (${size})`, value: push, unit: 's', beside, aim: null },
    { what: `data pull (${size})`, value: pull, unit: 's', beside, aim: null },
    {
      what: 'pull of an unchanged set, per 1,000 files',
      value: median(again) / (files / 1000),
      unit: 's',
      beside: `whole command ${median(again).toFixed(2)} s; seto --version ${start.toFixed(2)} s`,
      aim: { most: 0.2 },
    },
  ];
}

async function hasRclone(): Promise<boolean> {
  return run(['rclone', 'version']).then(
    ({ code }) => code === 0,
    () => false,
  );
}

async function peer(stage: Stage, from: string, argv: [string, ...string[]], sync: boolean): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < peerRuns; at += 1) {
    const to = path.join(stage.dir, 'copied');
    times.push(
      await seconds(async () => {
        await run([...argv, from, to]);
        if (sync) await run(['sync', '-f', to]);
      }),
    );
    rmSync(to, { recursive: true, force: true });
  }
  return median(times);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
