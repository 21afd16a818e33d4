import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { expand, jobEnvironment, projectFolder, secretValues } from './job-environment.ts';
import { type JobPayload, jobPayload } from './job-payload.ts';
import { sourcesScript } from './sources-script.ts';
import { commandLine, stepScript } from './step-script.ts';

function job(variables: object[], more: object = {}): JobPayload {
  return jobPayload.parse({
    ...{ id: 1, token: 'job-token-1', job_info: { project_id: 7 }, variables },
    git_info: {
      repo_url: 'http://gitlab-ci-token:p%40ss-word@host/g/p.git',
      sha: 'a'.repeat(40),
      ref: 'main',
    },
    ...more,
  });
}

const places = { builds: '/builds', runtime: '/opt/seto' };
const own = { url: 'http://u', isolation: 'bubblewrap', ca: null, version: '1' };

test('expands once, leaves raw values, knows file variables by their path', () => {
  const payload = job([
    { key: 'A', value: 'one' },
    { key: 'B', value: '$A/\u0024{A}/$$A$NONE/$C' },
    { key: 'C', value: 'content $A', file: true },
    { key: 'D', value: '$A', raw: true },
    { key: 'A', value: 'later' },
    { key: 'not a name', value: 'x' },
    { key: 'HOME', value: '/root' },
    { key: 'CI_PROJECT_DIR', value: '/elsewhere' },
    { key: 'CI_PROJECT_PATH', value: 'group/project' },
  ]);
  const { env, files, projectDir } = jobEnvironment(payload, places, own);
  expect(projectDir).toBe('/builds/group/project');
  expect(env).toMatchObject({
    A: 'later',
    B: 'later/later/$A//builds/group/project.tmp/C',
    C: '/builds/group/project.tmp/C',
    D: '$A',
    HOME: '/builds/.home',
    CI_PROJECT_DIR: '/builds/group/project',
    CI: 'true',
  });
  expect([...files]).toEqual([['/builds/group/project.tmp/C', 'content later']]);
  expect(env['not a name']).toBeUndefined();
  expect(env['PATH']).toMatch(/^\/opt\/seto\/bin:/);
});

test('a path of its own comes after the runtime’s; a CA is told to git and Node', () => {
  const { env, files } = jobEnvironment(job([{ key: 'PATH', value: '/mine' }]), places, {
    ...own,
    ca: 'PEM',
  });
  expect(env['PATH']).toMatch(/^\/opt\/seto\/bin:\/mine:\/usr\/local\/sbin:/);
  expect(env['NODE_EXTRA_CA_CERTS']).toBe(env['GIT_SSL_CAINFO']);
  expect(files.get(env['CI_SERVER_TLS_CA_FILE'] ?? '')).toBe('PEM');
});

test.each(['../x', 'a/../../b', '', '/abs', 'a//b', '-rf', 'a/.git', '.home'])(
  'the folder of %j is a plain one',
  (name) => {
    expect(projectFolder(job([{ key: 'CI_PROJECT_PATH', value: name }]))).toBe('project-7');
  },
);

test('secrets: tokens, masked values before and after expansion, the password of the URL', () => {
  const payload = job([
    { key: 'M', value: 'x-$A', masked: true },
    { key: 'A', value: 'one' },
    { key: 'P', value: 'plain' },
  ]);
  const secrets = secretValues(payload, jobEnvironment(payload, places, own).env);
  expect(secrets).toEqual(expect.arrayContaining(['job-token-1', 'x-$A', 'x-one', 'p@ss-word']));
  expect(secrets).not.toContain('plain');
});

test('expand as os.Expand', () => {
  const of = (key: string) => ({ A: '1' })[key] ?? '';
  expect(['$A', '\u0024{A}b', '$Ab', '$$', 'a$', '${', '$1'].map((each) => expand(each, of))).toEqual([
    ...['1', '1b', '', '$', 'a$', '${', '$1'],
  ]);
});

test('commands are shown and run as written, whatever they hold', () => {
  expect(commandLine('a\nb')).toContain('$ a # collapsed multi-line command');
  const script = stepScript(
    ["echo 'it'\"'\"'s' $((1+1)) %s", 'for i in 1 2\ndo echo $i\ndone', 'false', 'echo never'],
    'bash',
  );
  let out = '';
  try {
    execFileSync('bash', ['-c', script]);
  } catch (error) {
    out = (error as { stdout: Buffer }).stdout.toString();
  }
  expect(out).toContain("it's 2 %s\n");
  expect(out).toContain('\n1\n2\n');
  expect(out).not.toContain('never\n');
});

test('the git script quotes what the server says', () => {
  const git_info = {
    repo_url: "http://h/'$(touch /tmp/x)'.git",
    sha: "';rm -rf /",
    ref: '$(id)',
    refspecs: ['a b'],
    depth: 3,
  };
  const script = sourcesScript(job([], { git_info }), {}, "/builds/it's");
  expect(script).toContain("'http://h/'\\''$(touch /tmp/x)'\\''.git'");
  expect(script).toContain("--detach ''\\'';rm -rf /'");
  expect(script).toContain("--depth 3 --no-tags origin 'a b'");
  execFileSync('sh', ['-n', '-c', script]);
  expect(sourcesScript(job([]), { GIT_STRATEGY: 'none' }, '/b')).not.toContain('git fetch');
  expect(sourcesScript(job([]), { GIT_DEPTH: '5', GIT_SUBMODULE_STRATEGY: 'recursive' }, '/b')).toMatch(
    /--depth 5[\s\S]*submodule update --init --force --recursive --depth 5/,
  );
});

test('a platform that is away for two minutes fails no fetch; one that is gone ends the job then', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-sources-'));
  const program = (name: string, text: string) =>
    writeFileSync(path.join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const waitedSeconds = (awaySeconds: number): [number | null, number] => {
    writeFileSync(path.join(dir, 'waited'), '');
    // A clock of sleeps: git reaches the platform once they add up.
    program('sleep', `echo $1 >> ${dir}/waited`);
    program(
      'git',
      `test "$1" != fetch || test $(awk '{ n += $1 } END { print n + 0 }' ${dir}/waited) -ge ${awaySeconds}`,
    );
    const script = sourcesScript(job([]), {}, path.join(dir, 'work'));
    const { status } = spawnSync('/bin/sh', ['-c', script], { env: { PATH: `${dir}:/usr/bin:/bin` } });
    const waits = readFileSync(path.join(dir, 'waited'), 'utf8').split('\n').map(Number);
    return [status, waits.reduce((sum, each) => sum + each, 0)];
  };
  expect(waitedSeconds(0)).toEqual([0, 0]);
  expect(waitedSeconds(110)).toEqual([0, 120]);
  expect(waitedSeconds(1e6)).toEqual([1, 120]);
  rmSync(dir, { recursive: true });
});
