import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { showEndpoint } from '../src/api/contract/endpoints.ts';
import { openStage, type Stage } from '../src/cli/demo/stage.ts';
import { createOutbound } from '../src/shared/outbound.ts';
import { version } from '../src/shared/version.ts';
import { measureData } from './data.ts';
import { measureEstimates } from './estimate.ts';
import { measureLedger } from './ledger.ts';
import { measureMemory } from './memory.ts';
import { eventually, measurePipelines } from './pipelines.ts';
import { measureServing, picturesOf } from './serving.ts';
import { isMet, type Row, tableText } from './table.ts';

/** A node stays up between two pipelines and is gone when memory is measured. */
const idleSeconds = 8;
const configuration = `listen: 127.0.0.1:0
gateway: { listen: "127.0.0.1:0" }
link: { port: 0 }
timeZone: Asia/Tokyo
pools:
  - { name: onprem, site: onprem, driver: process, executor: process, tags: [onprem], minNodes: 1, maxNodes: 1 }
  - { name: train, site: cloud, driver: process, executor: process, tags: [cloud], vm: Standard_F4s_v2, region: japaneast, maxNodes: 1, idleTimeout: ${idleSeconds}s, bootTimeout: 60s }
`;

const endpoint = 'inspection';

/** A machine that is busy with other things gets fewer rounds after this, so that the bench ends in five minutes. */
const enoughMs = 170_000;

/** `npm run bench [-- --json FILE]`: every figure of docs/performance.md, measured in one run (about four minutes). */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'string' } } });
  const began = performance.now();
  const tell = (line: string) =>
    process.stderr.write(`[${((performance.now() - began) / 1000).toFixed(0).padStart(3)} s] ${line}\n`);
  const stopping = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        stopping.abort();
        reject(new Error(`stopped by ${signal}`));
      });
  });
  stopped.catch(() => undefined);
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    loadBefore: loadavg()[0] ?? 0,
    version,
    node: process.version,
  };
  tell('starting the platform');
  const stage = await openStage('en', configuration, stopping.signal);
  try {
    const rows = [...(await Promise.race([measureAll(stage, tell), stopped])), ...measureLedger(tell)];
    process.stdout.write(
      `${machine.date}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Node ${machine.node.slice(1)}; load before ${machine.loadBefore.toFixed(1)}\n\n${tableText(rows)}\n`,
    );
    const missed = rows.filter((row) => isMet(row) === false);
    process.stdout.write(
      `\n${missed.length === 0 ? 'Every aim is met.' : `${missed.length} aims missed.`}\n`,
    );
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  } finally {
    await stage.close();
    tell('everything removed');
  }
}

async function measureAll(stage: Stage, tell: (line: string) => void): Promise<Row[]> {
  const projectDir = path.join(stage.dir, 'inspection');
  const pictureDir = path.join(stage.dir, 'pictures');
  await stage.seto(['init', projectDir, '--project', 'bench/inspection']);
  await stage.seto(['exec', 'node', 'generate.ts', pictureDir], { cwd: projectDir });
  await stage.seto(['data', 'push', 'parts', pictureDir], { cwd: projectDir });
  const pictures = picturesOf(pictureDir);

  tell('pipelines');
  const pipelines = await measurePipelines(
    stage,
    projectDir,
    (model) => firstAnswer(stage, pictures[0] ?? '', model),
    tell,
  );
  tell('data sets');
  const data = await measureData(stage, projectDir);
  tell('waiting until the platform is idle');
  await new Promise((resolve) => setTimeout(resolve, (idleSeconds + 4) * 1000));
  const memory = measureMemory(stage.dir);
  tell('predictions');
  const { live } = await stage.client.call(showEndpoint, { params: { endpoint } });
  const release = live?.id ?? '';
  const gateway = new URL(stage.gatewayUrl);
  const serving = await measureServing({
    modelDir: modelOf(stage.dataDir, release),
    pictures,
    server: { path: path.join(stage.dataDir, 'gateway/s', release, 's') },
    gateway: { host: gateway.hostname, port: Number(gateway.port) },
    endpointPath: `/e/${endpoint}`,
    workDir: stage.dir,
    hurryAt: enoughMs,
    tell,
  });
  tell('estimates');
  return [...pipelines, ...data, ...memory, ...serving, ...measureEstimates()];
}

/** Asks until the endpoint answers with another model than `before`. */
async function firstAnswer(
  stage: Stage,
  picture: string,
  before: string | null,
): Promise<{ at: number; model: string }> {
  const body = readFileSync(picture);
  const outbound = createOutbound({ allow: [stage.gatewayUrl], env: {} });
  try {
    return await eventually(async () => {
      const reply = await outbound
        .request(`${stage.gatewayUrl}/e/${endpoint}/predict`, {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
          body,
        })
        .catch(() => null);
      if (reply === null) return null;
      const chunks: Buffer[] = [];
      for await (const chunk of reply.body) chunks.push(chunk as Buffer);
      if (reply.status !== 200) return null;
      const { model } = JSON.parse(Buffer.concat(chunks).toString()) as { model: { version: string } };
      return model.version === before ? null : { at: Date.now(), model: model.version };
    }, 25);
  } finally {
    await outbound.close();
  }
}

/** Where the process target unpacked the model of a release. */
function modelOf(dataDir: string, release: string): string {
  const found = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).find(
    (name) => name.includes(release) && name.endsWith('model/model.onnx'),
  );
  if (found === undefined) throw new Error(`no model of ${release} below ${dataDir}`);
  return path.dirname(path.join(dataDir, found));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
