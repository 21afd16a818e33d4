import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showEndpoint } from '../../../src/api/contract/endpoints.ts';
import { listJobs } from '../../../src/api/contract/jobs.ts';
import {
  type CrashProject,
  deployed,
  jobYaml,
  keepPredicting,
  ledgerCovers,
  openProject,
  pipelineYaml,
  releaseYaml,
  succeeds,
} from '../../support/crash-project.ts';
import { type Marks, openMarks } from '../../support/marks.ts';
import { openPlatform, type Platform, processesOf, sleep, until } from '../../support/platform.ts';

let platform: Platform;
let marks: Marks;
let project: CrashProject;

beforeAll(async () => {
  [platform, marks] = await Promise.all([openPlatform(), openMarks()]);
  project = await openProject(platform, 'crash');
  await platform.seto(['data', 'push', 'parts', project.pictures], { cwd: project.dir });
  await succeeds(platform, await project.push(releaseYaml(marks, 'crash')));
});

afterAll(async () => {
  await platform?.close();
  await marks?.close();
});

const pidOf = (what: RegExp): number => platform.processes().find(({ line }) => what.test(line))?.pid ?? 0;

describe('a process killed', () => {
  it('the gateway: it comes back with its servers, on the same port', async () => {
    const before = await deployed(platform, 'crash');
    const killed = pidOf(/ gateway run /);
    process.kill(killed, 'SIGKILL');
    const since = performance.now();
    const traffic = keepPredicting(platform, 'crash', path.join(project.pictures, 'ok/1.png'));
    await until('an answer', 20_000, () => traffic.versions.size > 0);
    const downMs = performance.now() - since;
    const failedBefore = traffic.failures.length;
    await sleep(500);
    const { failures, sent } = await traffic.stop();
    process.stdout.write(`gateway killed: answered again after ${Math.round(downMs)} ms\n`);
    expect(failures.length).toBe(failedBefore);
    expect(sent).toBeGreaterThan(failedBefore);
    expect(pidOf(/ gateway run /)).not.toBe(killed);
    expect((await deployed(platform, 'crash'))?.id).toBe(before?.id);
    // The servers of the gateway that was killed went with it.
    const servers = platform
      .processes()
      .filter(({ line }) => /serving\/main\.js/.test(line) && !/bwrap|\/bin\/sh/.test(line));
    expect(servers.length).toBe(1);
  });

  it('gateway and control plane: a start brings back both, and the endpoint', async () => {
    process.kill(pidOf(/ gateway run /), 'SIGKILL');
    await platform.kill();
    await platform.start();
    const { live } = await until('the endpoint', 10_000, () =>
      platform.client.call(showEndpoint, { params: { endpoint: 'crash' } }).catch(() => null),
    );
    expect(live).not.toBeNull();
    await until('an answer', 20_000, async () => {
      const body = readFileSync(path.join(project.pictures, 'ok/1.png'));
      const reply = await fetch(`${platform.gatewayUrl}/e/crash/predict`, { method: 'POST', body }).catch(
        () => null,
      );
      return reply?.status === 200;
    });
  });

  it('a cloud node: its attempt is void, the next one runs elsewhere, both nodes are booked', async () => {
    const pipeline = await project.push(pipelineYaml([jobYaml(marks, 'work', 'cloud', ['sleep 2'])]));
    await until('the job to run', 20_000, () => marks.of(`${pipeline}/work`).length > 0);
    const root = path.join(platform.dataDir, 'run/nodes');
    const nodes = readdirSync(root).map((name) =>
      JSON.parse(readFileSync(path.join(root, name, 'machine.json'), 'utf8')),
    );
    const note = nodes.find(({ pool, to }) => pool === 'train' && to === null);
    const began = performance.now();
    process.kill(-note.process.pid, 'SIGKILL');
    await until('the job to end with its node', 5000, () => marks.of(`${pipeline}/work`)[0]?.to);
    await succeeds(platform, pipeline, 90_000);
    process.stdout.write(
      `node killed: the job was through after ${Math.round(performance.now() - began)} ms\n`,
    );
    expect(marks.of(`${pipeline}/work`).length).toBe(2);
    expect(marks.doubles()).toEqual([]);
    const attempts = await platform.client.call(listJobs, {
      params: { group: 'line', name: 'crash' },
      query: { pipeline, status: undefined, limit: 10 },
    });
    expect(attempts.map(({ status }) => status).sort()).toEqual(['failed', 'success']);
    expect(new Set(attempts.map(({ nodeId }) => nodeId)).size).toBe(2);
    expect(await ledgerCovers(platform)).toBe(2);
  });
});

describe('one folder, one platform', () => {
  it('a second `seto up` is refused and disturbs nothing', async () => {
    const config = ['--config', path.join(platform.dir, 'seto.yaml'), '--data', platform.dataDir];
    const second = await platform.seto(['up', ...config, '--listen', '127.0.0.1:0'], { allow: [1] });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(platform.dataDir);
    expect((await deployed(platform, 'crash'))?.state).toBe('live');
  });

  it('`seto down` leaves no process, with a job running and a node up', async () => {
    const pipeline = await project.push(
      pipelineYaml([jobYaml(marks, 'work', 'cloud', ['setsid sleep 300 & sleep 300'])]),
    );
    await until('the job to run', 20_000, () => marks.of(`${pipeline}/work`).length > 0);
    const began = performance.now();
    await platform.seto(['down', '--data', platform.dataDir]);
    process.stdout.write(`seto down took ${Math.round(performance.now() - began)} ms\n`);
    await until('all processes to be gone', 1000, () => processesOf(platform.dir).length === 0).catch(
      () => undefined,
    );
    expect(processesOf(platform.dir).map(({ line }) => line)).toEqual([]);
    expect(marks.of(`${pipeline}/work`)[0]?.to).not.toBeNull();
    expect((await platform.seto(['down', '--data', platform.dataDir])).stdout.toString()).toMatch(
      /[Nn]othing/,
    );
  });
});
