import { existsSync } from 'node:fs';
import { chmod, chown } from 'node:fs/promises';
import path from 'node:path';
import { ordinaryUid, type Sandbox, type SandboxCommand, type SandboxSpec } from '../sandbox/sandbox.ts';
import { packageRoot } from '../shared/program.ts';
import { jobMemoryMb, jobProcesses } from './job-limits.ts';

export interface NodeCommandOptions {
  sandbox: Sandbox;
  bootstrapFile: string;
  /** The node's own folder: bootstrap, record, socket, work/. Seen at the same path inside. */
  folder: string;
  /** The node runs from it where it is a whole runtime tree, else from the program that calls. */
  runtimeDir: string;
  /** Absolute path of our main.ts, for a node that does not run from a tree. */
  main: string;
  /** Files of the folder that the node must not change (the driver's books). */
  readOnly?: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
}

/** What of the control plane's environment a node gets: proxies, language, level of log. */
const handedOn = [
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'LANG',
  'LC_ALL',
  'LC_MESSAGES',
  'SETO_LOG',
] as const;

/**
 * How a driver starts a node as a child: in a sandbox of its own, as the ordinary uid where we are root, outliving
 * us. Gives the node's folder to that uid. Jobs are wrapped again inside, which works only for an ordinary uid.
 */
export async function nodeCommand(options: NodeCommandOptions): Promise<SandboxCommand> {
  const { sandbox, folder, bootstrapFile, runtimeDir, main, env = process.env } = options;
  const isolated = sandbox.ability.isolation === 'bubblewrap';
  if (process.getuid?.() === 0 && isolated)
    for (const each of [folder, bootstrapFile, path.join(folder, 'work')])
      if (existsSync(each)) await chown(each, ordinaryUid, ordinaryUid);
  await chmod(folder, 0o700);
  const inTree =
    existsSync(path.join(runtimeDir, 'bin/seto')) && existsSync(path.join(runtimeDir, 'runtime.json'));
  const program: [string, ...string[]] = inTree
    ? [path.join(runtimeDir, 'bin/seto')]
    : [process.execPath, '--disable-warning=ExperimentalWarning', main];
  const readOnly = (options.readOnly ?? []).filter((file) => existsSync(file));
  const mounts: SandboxSpec['mounts'] = [
    { from: runtimeDir, to: runtimeDir },
    ...(inTree ? [] : [packageRoot, process.execPath].map((file) => ({ from: file, to: file }))),
    { from: folder, to: folder, writable: true as const },
    ...readOnly.map((file) => ({ from: file, to: file })),
  ];
  const memoryMb = jobMemoryMb();
  const cgroup = sandbox.ability.memory.startsWith('cgroup') ? sandbox.ability.memory : null;
  const spec: SandboxSpec = {
    argv: [...program, 'node', 'run', '--bootstrap', bootstrapFile],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: folder,
      ...Object.fromEntries(handedOn.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
      ...(cgroup === null ? {} : { SETO_NODE_CGROUP: cgroup }),
    },
    cwd: folder,
    mounts,
    hostSystem: true,
    tmpBytes: 256 * 1024 * 1024,
    network: 'host',
    limits: cgroup === null ? {} : { memoryMb, processes: jobProcesses },
    asOrdinaryUser: true,
    detached: true,
  };
  // The cgroup outlives this process as the node does; once empty, the next `detectSandbox` removes it.
  return cgroup === null ? sandbox.command(spec) : await sandbox.confine(spec);
}
