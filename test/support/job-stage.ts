import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { processExecutor } from '../../src/runner/executors/process.ts';
import { type JobPayload, jobPayload } from '../../src/runner/job-payload.ts';
import { createRunnerProtocol } from '../../src/runner/protocol-client.ts';
import { type NodeEnd, runJob } from '../../src/runner/run-job.ts';
import { detectSandbox } from '../../src/sandbox/detect.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { silentLog } from '../../src/shared/log.ts';
import { createOutbound, type Outbound } from '../../src/shared/outbound.ts';
import { type RunnerServer, startRunnerServer } from './runner-server.ts';

const never = new AbortController().signal;

/** What a test needs to run a job as a node does, against a coordinator of its own and a small repository. */
export interface JobStage {
  /** A folder of the file, where jobs have their work folders. */
  readonly dir: string;
  readonly server: RunnerServer;
  readonly isolated: Sandbox;
  job(script: string[], more?: object, variables?: object[]): JobPayload;
  /** Runs it to its end, and sees that nothing of it stays in the work folder. `open`: without isolation. */
  perform(
    payload: JobPayload,
    more?: { open?: true; ends?: Partial<NodeEnd>; diskBytes?: number },
  ): Promise<{
    outcome: Awaited<ReturnType<typeof runJob>>;
    trace: string;
    final: Record<string, unknown> | undefined;
  }>;
}

/** Makes the stage with the file's hooks: one repository for the file, one coordinator for each test. */
export function jobStage(): JobStage {
  let sandboxes: { isolated: Sandbox; open: Sandbox };
  let dir: string;
  let repository: string;
  let sha: string;
  let server: RunnerServer;
  let outbound: Outbound;
  let nextId = 100;

  beforeAll(async () => {
    sandboxes = { isolated: await detectSandbox(), open: await detectSandbox({ isolation: 'none' }) };
    dir = mkdtempSync(path.join(tmpdir(), 'seto-runner-'));
    repository = path.join(dir, 'repository');
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args])
        .toString()
        .trim();
    mkdirSync(repository);
    git('init', '-q', '-b', 'main');
    writeFileSync(path.join(repository, 'hello.txt'), 'hello from git\n');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    sha = git('rev-parse', 'HEAD');
    git('update-server-info');
    mkdirSync(path.join(dir, 'runtime/bin'), { recursive: true });
    writeFileSync(path.join(dir, 'runtime/bin/seto'), '#!/bin/sh\necho the runtime\n', { mode: 0o755 });
  });

  beforeEach(async () => {
    server = await startRunnerServer();
    server.extra.push((request, _body, response) => {
      const [, name] = /^\/g\/p\.git\/(.+)$/.exec(new URL(request.url ?? '/', 'http://x').pathname) ?? [];
      if (name === undefined) return false;
      try {
        response.end(readFileSync(path.join(repository, '.git', name)));
      } catch {
        response.writeHead(404).end();
      }
      return true;
    });
    outbound = createOutbound({ allow: [server.url] });
  });

  afterEach(async () => {
    await outbound.close();
    await server.stop();
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function job(script: string[], more: object = {}, variables: object[] = []): JobPayload {
    nextId += 1;
    return jobPayload.parse({
      id: nextId,
      token: 'job-token-of-the-test',
      job_info: { name: 'train', stage: 'train', project_id: 1, project_name: 'p' },
      git_info: {
        repo_url: `${server.url.replace('//', '//gitlab-ci-token:job-token-of-the-test@')}/g/p.git`,
        ref: 'main',
        sha,
        ref_type: 'branch',
        depth: 0,
        refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
      },
      runner_info: { timeout: 60 },
      variables: [{ key: 'CI_PROJECT_PATH', value: 'group/project', raw: true }, ...variables],
      steps: [{ name: 'script', script, timeout: 60, when: 'on_success' }],
      features: { failure_reasons: ['script_failure', 'job_canceled', 'job_execution_timeout'] },
      ...more,
    });
  }

  async function perform(
    payload: JobPayload,
    more: { open?: true; ends?: Partial<NodeEnd>; diskBytes?: number } = {},
  ) {
    const workDir = path.join(
      dir,
      expect.getState().currentTestName?.replace(/\W+/g, '-').slice(0, 60) ?? 'work',
    );
    const sandbox = more.open ? sandboxes.open : sandboxes.isolated;
    const limits = { memoryMb: 2048, processes: 500, tmpBytes: 64 * 1024 * 1024 };
    const outcome = await runJob({
      job: payload,
      executor: processExecutor({ sandbox, workDir, runtimeDir: path.join(dir, 'runtime'), limits }),
      protocol: createRunnerProtocol({
        ...{
          outbound,
          url: server.url,
          token: () => 'runner-token',
          systemId: 's_test',
          executor: 'process',
        },
        lang: 'en',
      }),
      clock: systemClock,
      log: silentLog,
      lang: 'en',
      nodeName: 'node-test',
      url: server.url,
      ca: null,
      workDir,
      diskBytes: more.diskBytes ?? 1e9,
      ends: {
        ...{ asked: never, killed: never, cleaned: never, over: AbortSignal.timeout(60_000) },
        ...more.ends,
      },
    });
    expect(readdirSync(path.join(workDir, 'jobs'))).toEqual([]);
    expect(readdirSync(path.join(workDir, 'spool'))).toEqual([]);
    return { outcome, trace: server.trace(payload.id), final: server.final(payload.id) };
  }

  return {
    get dir() {
      return dir;
    },
    get server() {
      return server;
    },
    get isolated() {
      return sandboxes.isolated;
    },
    job,
    perform,
  };
}
