import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { preparePicture } from '../src/serving/load-pictures.ts';
import { parseModelManifest } from '../src/serving/model-manifest.ts';
import type { Kind, LoopOrder } from './bare-loop.ts';
import { type Load, loadServer, openAsker, requestBytes, type Target } from './load.ts';
import { median, type Row } from './table.ts';

/** One round of one setting; shorter is noise, longer makes the bench too long. */
const roundMs = 1500;
const rounds = 3;
const pairs = 300;

export interface ServingInput {
  modelDir: string;
  /** PNG files as a camera would send them. */
  pictures: readonly string[];
  /** The model server's socket, and the gateway with the endpoint's path. */
  server: Target;
  gateway: Target;
  endpointPath: string;
  workDir: string;
  /** From this moment of performance.now() on, one round must do. */
  hurryAt: number;
  tell(line: string): void;
}

interface Setting {
  kind: Kind;
  clients: number;
  files: string[];
  direct: Buffer[];
  through: Buffer[];
}

/** Predictions a second of loop, model server and gateway in turn, and what the gateway adds to one request. */
export async function measureServing(input: ServingInput): Promise<Row[]> {
  const loop = await openLoop(input.modelDir);
  try {
    const kinds = await prepare(input);
    const rows: Row[] = [];
    for (const kind of kinds)
      for (const clients of [1, 16]) rows.push(...(await compare(input, loop, { ...kind, clients })));
    rows.push(await gatewayAdds(input, kinds[0]?.direct ?? [], kinds[0]?.through ?? []));
    return rows;
  } finally {
    loop.child.kill();
  }
}

async function compare(input: ServingInput, loop: Loop, setting: Setting): Promise<Row[]> {
  const { kind, clients, files, direct, through } = setting;
  const measured: { bare: Load; server: Load; gateway: Load }[] = [];
  for (let round = 0; round < rounds && (round === 0 || performance.now() < input.hurryAt); round += 1)
    measured.push({
      bare: await loop.run({ kind, clients, ms: roundMs, files }),
      server: await loadServer(input.server, direct, clients, roundMs),
      gateway: await loadServer(input.gateway, through, clients, roundMs),
    });
  const of = (which: 'bare' | 'server' | 'gateway'): Load => ({
    perSecond: median(measured.map((each) => each[which].perSecond)),
    p50: median(measured.map((each) => each[which].p50)),
    p99: median(measured.map((each) => each[which].p99)),
  });
  const ratio = median(measured.map(({ bare, server }) => server.perSecond / bare.perSecond));
  const name = { picture: 'picture', tensor: 'raw tensor', json: 'v2 JSON' }[kind];
  const what = `${name}, ${clients} client${clients === 1 ? '' : 's'}`;
  const least = kind === 'picture' ? (clients === 1 ? 0.8 : 0.9) : clients === 16 ? 0.6 : null;
  input.tell(`${what}: ${ratio.toFixed(2)} of the loop`);
  return [
    {
      what: `model server ÷ bare loop: ${what}`,
      value: ratio,
      unit: '×',
      beside: `server ${loadText(of('server'))}; loop ${loadText(of('bare'))}`,
      aim: least === null ? null : { least },
    },
    {
      what: `through the gateway: ${what}`,
      value: of('gateway').perSecond,
      unit: '1/s',
      beside: loadText(of('gateway')),
      aim: null,
    },
  ];
}

function loadText({ perSecond, p50, p99 }: Load): string {
  return `${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)} ms`;
}

/** One client asks model server, gateway and a bare proxy in turn, so that all see the same machine. */
async function gatewayAdds(input: ServingInput, direct: Buffer[], through: Buffer[]): Promise<Row> {
  const server = await openAsker(input.server);
  const gateway = await openAsker(input.gateway);
  const bare = fork(path.join(import.meta.dirname, 'bare-proxy.ts'), [
    'path' in input.server ? input.server.path : '',
  ]);
  const port = await new Promise<number>((resolve, reject) => {
    bare.once('message', (message) => resolve(Number(message)));
    bare.once('exit', () => reject(new Error('the bare proxy ended')));
  });
  const proxy = await openAsker({ host: '127.0.0.1', port });
  const straight: number[] = [];
  const around: number[] = [];
  const passed: number[] = [];
  for (let at = 0; at < pairs + 50; at += 1) {
    const one = await server.ask(direct[at % direct.length] ?? Buffer.alloc(0));
    const other = await gateway.ask(through[at % through.length] ?? Buffer.alloc(0));
    const third = await proxy.ask(direct[at % direct.length] ?? Buffer.alloc(0));
    if (at < 50) continue;
    passed.push(third);
    straight.push(one);
    around.push(other);
  }
  server.close();
  gateway.close();
  proxy.close();
  bare.kill();
  const added = median(passed) - median(straight);
  return {
    what: 'gateway adds at the median (picture, spool on)',
    value: median(around) - median(straight),
    unit: 'ms',
    beside: `${median(around).toFixed(2)} against ${median(straight).toFixed(2)} ms; a bare Node proxy adds ${added.toFixed(2)} ms`,
    aim: { most: 1 },
  };
}

interface Loop {
  child: ChildProcess;
  run(order: LoopOrder): Promise<Load>;
}

async function openLoop(modelDir: string): Promise<Loop> {
  const child = fork(path.join(import.meta.dirname, 'bare-loop.ts'), [modelDir]);
  const next = <T>() =>
    new Promise<T>((resolve, reject) => {
      const ended = () => reject(new Error('the bare loop ended'));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(message as T);
      });
    });
  await next();
  return {
    child,
    run: (order) => {
      child.send(order);
      return next<Load>();
    },
  };
}

/** The same eight pictures in all three forms. */
async function prepare(input: ServingInput): Promise<Omit<Setting, 'clients'>[]> {
  const manifest = parseModelManifest(readFileSync(path.join(input.modelDir, 'model.json'), 'utf8'));
  const [, ...shape] = manifest.input.shape;
  const inferPath = `/v2/models/${encodeURIComponent(manifest.name)}/infer`;
  const declared = { name: manifest.input.name, shape: [1, ...shape], datatype: 'FP32' };
  const settings = {
    picture: empty('picture'),
    tensor: empty('tensor'),
    json: empty('json'),
  };
  const add = (kind: Kind, at: number, kept: Buffer, body: Buffer, headers: Record<string, string>) => {
    const file = path.join(input.workDir, `${kind}-${at}`);
    writeFileSync(file, kept);
    const where = kind === 'picture' ? '/predict' : inferPath;
    settings[kind].files.push(file);
    settings[kind].direct.push(requestBytes(where, headers, body));
    settings[kind].through.push(requestBytes(`${input.endpointPath}${where}`, headers, body));
  };
  for (const [at, file] of input.pictures.slice(0, 8).entries()) {
    const picture = readFileSync(file);
    const { tensor } = await preparePicture(picture, manifest.input);
    add('picture', at, picture, picture, { 'content-type': 'application/octet-stream' });
    const raw = Buffer.from(tensor.buffer, tensor.byteOffset, tensor.byteLength);
    const head = Buffer.from(
      JSON.stringify({ inputs: [{ ...declared, parameters: { binary_data_size: raw.length } }] }),
    );
    add('tensor', at, raw, Buffer.concat([head, raw]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    });
    const json = Buffer.from(JSON.stringify({ inputs: [{ ...declared, data: Array.from(tensor) }] }));
    add('json', at, json, json, { 'content-type': 'application/json' });
  }
  return Object.values(settings);
}

function empty(kind: Kind): Omit<Setting, 'clients'> {
  return { kind, files: [], direct: [], through: [] };
}

/** PNG files below a folder, in order. */
export function picturesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.png'))
    .sort()
    .map((name) => path.join(dir, name));
}
