import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectSandbox } from '../../../src/sandbox/detect.ts';
import { findProgram } from '../../../src/sandbox/programs.ts';
import { plainEnvironment, run } from '../../../src/shared/subprocess.ts';
import { type CrashProject, logOf, openProject, succeeds } from '../../support/crash-project.ts';
import { need } from '../../support/need.ts';
import { openPlatform, type Platform, processesOf, until } from '../../support/platform.ts';

/** Two nodes on-premises, so that a job has neighbours on its own node and on another one. */
const yaml = `pools:
  - { name: onprem, site: onprem, driver: process, executor: process, tags: [onprem], minNodes: 1, maxNodes: 1 }
  - { name: train, site: cloud, driver: process, executor: process, tags: [cloud], vm: Standard_F4s_v2, region: japaneast, maxNodes: 1, idleTimeout: 20s, bootTimeout: 60s }
`;

let platform: Platform;
let project: CrashProject;
let isolation: string;

beforeAll(async () => {
  isolation = (await detectSandbox()).ability.isolation;
  if (isolation === 'none') return;
  platform = await openPlatform({ yaml, env: { MARK_OF: 'MARK_OF_THE_CONTROL_PLANE' } });
  project = await openProject(platform, 'walls');
});
afterAll(async () => {
  if (platform) expect(await platform.close()).toEqual([]);
});

/**
 * What hostile code tries, in Node's own words, so that a job and a model server try the same. It prints one line
 * for everything that it reached.
 */
const probe = (data: string, pid: number) => `
import { readdirSync, readFileSync, statSync } from 'node:fs';
const reached = [];
const attempt = (what, work) => { try { if (work() !== false) reached.push(what); } catch {} };
for (const file of ['seto.db', 'seto.db-wal', 'secrets.key', 'run/routes.json', 'objects', 'git', 'run', ''])
  attempt('data ' + file, () => statSync('${data}/' + file));
attempt('home', () => readdirSync('${path.dirname(data)}/home'));
attempt('configuration', () => readFileSync('${path.dirname(data)}/seto.yaml'));
const mine = readFileSync('/proc/self/status', 'utf8');
if (!/^CapEff:\\s+0+$/m.test(mine)) reached.push('capabilities ' + /^CapEff:.*$/m.exec(mine)[0]);
for (const name of readdirSync('/proc').filter((each) => /^\\d+$/.test(each)))
  for (const part of ['environ', 'cmdline', 'root/etc/passwd', 'cwd'])
    attempt('proc ' + name + ' ' + part, () => {
      const text = part === 'cwd' ? '' : readFileSync('/proc/' + name + '/' + part, 'latin1');
      return /\\0up\\0|MARK_OF_THE_CONTROL_PLANE/.test(text);
    });
attempt('kill', () => process.kill(${pid}, 0));
const secret = /NEIGHBOUR_SECRET/;
const walk = (folder) => {
  for (const entry of readdirSync(folder + '/', { withFileTypes: true })) {
    const at = folder + '/' + entry.name;
    if (entry.isDirectory() && !/^\\/(proc|sys|dev|usr|opt)$/.test(at)) attempt('', () => (walk(at), false));
    else if (entry.name === 'neighbour.txt') attempt('neighbour ' + at, () => secret.test(readFileSync(at, 'utf8')));
  }
};
walk(process.env.PROBE_FROM ?? '');
for (const line of reached) console.log('REACHED ' + line);
console.log('TRIED EVERYTHING ' + reached.length);
`;

describe('walls with bubblewrap', () => {
  it('a job reaches neither the platform nor a neighbour, and leaves no process behind', async (context) => {
    need(context, isolation === 'bubblewrap', 'bubblewrap is not here: nothing isolates jobs');
    writeFileSync(path.join(platform.dir, 'probe.mjs'), probe(platform.dataDir, platform.pid()));
    // As deep as a job's folder lies.
    const neighbour = path.join(platform.dataDir, 'run/nodes/a/work/jobs/b/line/walls/neighbour.txt');
    mkdirSync(path.dirname(neighbour), { recursive: true });
    writeFileSync(neighbour, 'NEIGHBOUR_SECRET');
    const open = await run([process.execPath, path.join(platform.dir, 'probe.mjs')], {
      timeoutMs: 20_000,
      env: plainEnvironment({ PROBE_FROM: platform.dir }),
    });
    rmSync(path.join(platform.dataDir, 'run/nodes/a'), { recursive: true });
    // Without walls the same probe reaches all of it; else its silence inside would prove nothing.
    const there = ['data seto.db', 'data secrets.key', `proc ${platform.pid()} environ`, 'home'];
    for (const what of [...there, `neighbour ${neighbour}`, 'kill'])
      expect(String(open.stdout)).toContain(`REACHED ${what}\n`);
    const token = `left-${process.pid}-${Date.now()}`;
    writeFileSync(path.join(project.dir, 'probe.mjs'), probe(platform.dataDir, platform.pid()));
    mkdirSync(path.join(project.dir, 'walls'), { recursive: true });
    const neighbourOn = (tag: string) => `
neighbour-${tag}:
  tags: [${tag}]
  script:
    - echo NEIGHBOUR_SECRET > neighbour.txt
    - cp neighbour.txt /tmp/neighbour.txt
    - (setsid bash -c 'exec -a ${token} sleep 300' &) ; (setsid bash -c 'exec -a ${token} sleep 300' > /dev/null 2>&1 < /dev/null &)
    - sleep 6
`;
    const id = await project.push(
      `
stages: [a]
default: { id_tokens: { SETO_ID_TOKEN: { aud: seto } } }
${neighbourOn('cloud')}
probe:
  stage: a
  tags: [onprem]
  script:
    - sleep 3
    - node probe.mjs
    - (setsid bash -c 'exec -a ${token} sleep 300' > /dev/null 2>&1 < /dev/null &)
    - "true"
${neighbourOn('onprem').replace('script:', 'needs: []\n  script:')}
after:
  stage: a
  needs: [neighbour-onprem, probe]
  tags: [onprem]
  script: [node probe.mjs]
`.replaceAll(/^(neighbour-\w+:)$/gm, '$1\n  stage: a'),
    );
    const left = () => processesOf(token).filter(({ line }) => line.startsWith(token));
    await until('a process that would outlive its job', 60_000, () => left().length > 0);
    const jobs = await succeeds(platform, id, 60_000);
    for (const name of ['probe', 'after']) {
      const log = await logOf(platform, jobs.find((each) => each.name === name)?.id ?? 0);
      expect(log.split('\n').filter((line) => line.startsWith('REACHED'))).toEqual([]);
      expect(log).toContain('TRIED EVERYTHING 0');
    }
    await until('the processes left behind to be gone', 5000, () => processesOf(token).length === 0);
  });

  it('as root, open_by_handle_at opens no file of the platform', async (context) => {
    need(context, isolation === 'bubblewrap', 'bubblewrap is not here: nothing isolates jobs');
    need(context, process.getuid?.() === 0, 'the tests do not run as root', true);
    const cc = findProgram('cc');
    need(context, cc !== null, 'no C compiler here to make the call', true);
    const source = path.join(platform.dir, 'handle.c');
    const program = path.join(project.dir, 'handle');
    writeFileSync(source, handleProgram);
    const compiled = await run([cc ?? 'cc', '-o', program, source], { timeoutMs: 30_000 });
    need(context, compiled.code === 0, `the C compiler made nothing: ${compiled.stderr}`, true);
    // The handle of the key file, made outside, where the call that uses it must work.
    const key = path.join(platform.dataDir, 'secrets.key');
    const handle = String((await run([program, 'name', key], { timeoutMs: 5000 })).stdout).trim();
    const outside = await run([program, 'open', platform.dir, ...handle.split(' ')], { timeoutMs: 5000 });
    need(context, String(outside.stdout).includes('OPENED'), 'this file system gives no handles', true);
    const id = await project.push(
      `handle: { tags: [onprem], script: ['./handle open . ${handle}', './handle open /tmp ${handle}', './handle open /usr ${handle}'] }`,
    );
    const jobs = await succeeds(platform, id, 60_000);
    const log = await logOf(platform, jobs[0]?.id ?? 0);
    expect(log.match(/^HANDLE REFUSED (EPERM|ESTALE)$/gm)).toHaveLength(3);
    expect(log).toContain('HANDLE REFUSED EPERM');
    expect(log).not.toContain('HANDLE OPENED');
  });

  it('a model server reaches neither the platform nor a neighbour', async (context) => {
    need(context, isolation === 'bubblewrap', 'bubblewrap is not here: nothing isolates model servers');
    mkdirSync(path.join(project.dir, 'serve'), { recursive: true });
    const body = probe(platform.dataDir, platform.pid());
    writeFileSync(
      path.join(project.dir, 'serve/post.ts'),
      `// @ts-nocheck\n${body}\nexport function post(answer) { return { ...answer, reached, pids: readdirSync('/proc').filter((each) => /^\\d+$/.test(each)).length }; }\n`,
    );
    await platform.seto(['data', 'push', 'walls', project.pictures, '--project', 'line/walls']);
    const id = await project.push(`
stages: [a, b, c]
default: { id_tokens: { SETO_ID_TOKEN: { aud: seto } }, tags: [onprem] }
gate:
  stage: a
  script:
    - seto data pull walls data/ --split test
    - seto model gate model/ --data data/ --min-accuracy 0.9
image: { stage: b, script: [seto image build model/ --push] }
deploy: { stage: c, script: [seto deploy walls] }
`);
    await succeeds(platform, id, 60_000);
    const picture = readFileSync(path.join(project.pictures, 'ok/1.png'));
    const reply = await fetch(`${platform.gatewayUrl}/e/walls/predict`, { method: 'POST', body: picture });
    const answer = (await reply.json()) as { label: string; reached: string[]; pids: number };
    expect(answer).toMatchObject({ label: 'ok', reached: [] });
    expect(answer.pids).toBeLessThan(8);
  });
});

/** `name FILE` prints its handle; `open MOUNT TYPE HEX` opens it by open_by_handle_at(2). */
const handleProgram = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
  struct file_handle *handle = calloc(1, sizeof *handle + MAX_HANDLE_SZ);
  int mount = 0;
  if (argc == 3) {
    handle->handle_bytes = MAX_HANDLE_SZ;
    if (name_to_handle_at(AT_FDCWD, argv[2], handle, &mount, 0) != 0) return 1;
    printf("%d ", handle->handle_type);
    for (unsigned i = 0; i < handle->handle_bytes; i++) printf("%02x", handle->f_handle[i]);
    return 0;
  }
  if (argc != 5) return 2;
  handle->handle_type = atoi(argv[3]);
  handle->handle_bytes = strlen(argv[4]) / 2;
  for (unsigned i = 0; i < handle->handle_bytes; i++) {
    unsigned byte;
    sscanf(argv[4] + 2 * i, "%2x", &byte);
    handle->f_handle[i] = byte;
  }
  if (open_by_handle_at(open(argv[2], O_RDONLY), handle, O_RDONLY) >= 0) puts("HANDLE OPENED");
  else printf("HANDLE REFUSED %s\\n", errno == EPERM ? "EPERM" : errno == ESTALE ? "ESTALE" : "OTHER");
  return 0;
}
`;
