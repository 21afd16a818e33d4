import path from 'node:path';
import type { JobPayload, JobVariable } from './job-payload.ts';

/** Where things lie as the job's programs see them. */
export interface JobPlaces {
  /** The job's folder: `/builds`, or the host's path without isolation. */
  builds: string;
  /** The runtime tree: `/opt/seto`, or the host's path. */
  runtime: string;
}

export interface JobEnvironment {
  env: Record<string, string>;
  /** The working copy. */
  projectDir: string;
  /** Beside it: variables of type file, the CA. */
  temporaryDir: string;
  home: string;
  /** File variables to be written: path inside → content. */
  files: ReadonlyMap<string, string>;
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The project's folder below the job's: GROUP/PROJECT as the server names it, or a plain name where that is odd. */
export function projectFolder(job: JobPayload): string {
  const named = job.variables.findLast(({ key }) => key === 'CI_PROJECT_PATH')?.value ?? '';
  const parts = named.split('/');
  const plain = parts.every((part) => /^[\p{L}\p{N}_][\p{L}\p{N}_.+-]*$/u.test(part));
  return plain && parts.length <= 20 ? named : `project-${job.job_info.project_id}`;
}

/**
 * The whole environment of a job: what the server gave, expanded as GitLab's runner does (one pass, `$$` is a dollar,
 * raw values stay), then what only the runner knows. Nothing of the node's own environment is in it.
 */
export function jobEnvironment(
  job: JobPayload,
  places: JobPlaces,
  own: { url: string; isolation: string; ca: string | null; version: string },
): JobEnvironment {
  const projectDir = path.posix.join(places.builds, projectFolder(job));
  const temporaryDir = `${projectDir}.tmp`;
  const home = path.posix.join(places.builds, '.home');
  const files = new Map<string, string>();
  const fixed: Record<string, string> = {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_SERVER: 'yes',
    CI_BUILDS_DIR: places.builds,
    CI_PROJECT_DIR: projectDir,
    CI_RUNNER_VERSION: own.version,
    CI_RUNNER_EXECUTABLE_ARCH: 'linux/amd64',
    SETO_SANDBOX: own.isolation,
  };
  const given = new Map<string, JobVariable>();
  for (const variable of job.variables) given.set(variable.key, variable);
  for (const [key, value] of Object.entries(fixed))
    given.set(key, { key, value, masked: false, file: false, raw: true });
  const shown = (key: string): string => {
    const variable = given.get(key);
    if (variable === undefined) return '';
    return variable.file ? path.posix.join(temporaryDir, key) : variable.value;
  };
  const env: Record<string, string> = { LANG: 'C.UTF-8', SETO_URL: own.url, SHELL: '/bin/sh' };
  for (const variable of given.values()) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable.key)) continue;
    const value = variable.raw ? variable.value : expand(variable.value, shown);
    if (!variable.file) env[variable.key] = value;
    else {
      env[variable.key] = shown(variable.key);
      files.set(shown(variable.key), value);
    }
  }
  if (own.ca !== null) {
    const file = path.posix.join(temporaryDir, 'CI_SERVER_TLS_CA_FILE');
    files.set(file, own.ca);
    for (const key of ['CI_SERVER_TLS_CA_FILE', 'GIT_SSL_CAINFO', 'NODE_EXTRA_CA_CERTS']) env[key] = file;
  }
  const asked = env['PATH'];
  env['PATH'] = [path.posix.join(places.runtime, 'bin'), ...(asked ? [asked] : []), systemPath].join(':');
  env['HOME'] = home;
  env['PWD'] = projectDir;
  return { env, projectDir, temporaryDir, home, files };
}

/** Expands `$NAME` and `${NAME}` once, as Go's os.Expand does; unknown names become empty. */
export function expand(value: string, of: (key: string) => string): string {
  return value.replace(
    /\$(?:\$|\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g,
    (all, braced?: string, plain?: string) => (all === '$$' ? '$' : of(braced ?? plain ?? '')),
  );
}

/** Every value that must not be shown in the log. */
export function secretValues(job: JobPayload, env: Readonly<Record<string, string>>): string[] {
  const secrets = [job.token, ...job.dependencies.map(({ token }) => token)];
  for (const { password } of job.credentials) secrets.push(password);
  for (const { key, value, masked, file } of job.variables)
    if (masked) secrets.push(value, ...(file ? [] : [env[key] ?? '']));
  try {
    const { password } = new URL(job.git_info.repo_url);
    secrets.push(password, decodeURIComponent(password));
  } catch {
    // A repository that is no URL carries no password.
  }
  return secrets;
}
