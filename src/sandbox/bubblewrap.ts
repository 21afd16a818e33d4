import { lstatSync, readlinkSync } from 'node:fs';
import { bubblewrapArguments, type HostFolders } from './bubblewrap-arguments.ts';
import { type CgroupParent, makeCgroup } from './cgroup.ts';
import { type Dropping, stage } from './ordinary-user.ts';
import { limitArguments, type Programs } from './programs.ts';
import type { Sandbox, SandboxAbility, SandboxCommand, SandboxSpec } from './sandbox.ts';
import { splitEnvironment } from './wrapper-environment.ts';

/** Keeps the program inside tied to this shell, and the shell to nobody: killing it ends all, nothing else does. */
const middleman = '"$@"; exit $?';

/**
 * Foreign code is the first to go when memory ends: else the kernel may take the node that runs the job and shares its
 * cgroup. Only a higher value than ours can be set, and where even that fails the program starts as it is.
 */
const expendable = [
  '/bin/sh',
  '-c',
  '{ echo 500 > /proc/self/oom_score_adj; } 2>/dev/null || :; exec "$@"',
  'sh',
];

/** The host's program folders, as links or folders. Lists only what is there. */
export function hostFolders(): HostFolders {
  return ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return [];
    return [{ path, link: found.isSymbolicLink() ? readlinkSync(path) : null }];
  });
}

/** Wraps by bubblewrap. Programs, cgroups and what root needs to drop its uid come from `detectSandbox`. */
export function bubblewrap(
  bwrap: string,
  programs: Programs,
  cgroups: CgroupParent | null,
  dropping: Dropping | null,
): Sandbox {
  const host = hostFolders();
  const wrap = (spec: SandboxSpec, prefix: readonly string[]): SandboxCommand => {
    const { through, named } = splitEnvironment(spec.env);
    const staged = spec.asOrdinaryUser && dropping !== null ? stage(spec, dropping) : { prefix: [], spec };
    const inside = ['--', ...spec.argv];
    const all = [
      ...prefix,
      ...(spec.detached ? [] : expendable),
      ...staged.prefix,
      bwrap,
      ...bubblewrapArguments(staged.spec, host, named),
      ...inside,
    ];
    const argv = spec.detached ? ['/bin/sh', '-c', middleman, 'sh', ...all] : all;
    return { argv: argv as [string, ...string[]], env: through };
  };
  const ability: SandboxAbility = {
    isolation: 'bubblewrap',
    memory: cgroups?.version ?? (programs.prlimit === null ? 'none' : 'rlimit'),
    processes: cgroups?.version ?? 'none',
    reason: null,
  };
  return {
    ability,
    command: (spec) => wrap(spec, limitArguments(programs, spec.limits)),
    confine: async (spec) => {
      const cgroup = cgroups === null ? null : await makeCgroup(cgroups, spec.limits);
      if (cgroup !== null)
        return {
          ...wrap(spec, cgroup.enter),
          memory: cgroup.version,
          processes: cgroup.version,
          release: cgroup.release,
        };
      const prefix = limitArguments(programs, spec.limits);
      const memory = prefix.length > 0 ? 'rlimit' : 'none';
      return { ...wrap(spec, prefix), memory, processes: 'none', release: async () => undefined };
    },
  };
}
