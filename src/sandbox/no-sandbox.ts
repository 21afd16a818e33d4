import { type CgroupParent, makeCgroup } from './cgroup.ts';
import { dropArguments } from './ordinary-user.ts';
import { limitArguments, type Programs } from './programs.ts';
import type { Sandbox, SandboxCommand, SandboxSpec } from './sandbox.ts';

/**
 * No isolation: the program runs as it is, mounts are not applied (callers name host paths as the inside ones), and
 * it has the rights of whoever starts it. Only limits and, from root, the ordinary uid are kept.
 */
export function noSandbox(
  reason: string,
  programs: Programs,
  cgroups: CgroupParent | null,
  isRoot = process.getuid?.() === 0,
): Sandbox {
  const wrap = (spec: SandboxSpec, prefix: readonly string[]): SandboxCommand => {
    const drop =
      isRoot && spec.asOrdinaryUser && programs.setpriv !== null ? dropArguments(programs.setpriv) : [];
    const argv = [...prefix, ...drop, ...spec.argv] as unknown as [string, ...string[]];
    return { argv, env: spec.env };
  };
  return {
    ability: {
      isolation: 'none',
      memory: cgroups?.version ?? (programs.prlimit === null ? 'none' : 'rlimit'),
      processes: cgroups?.version ?? 'none',
      reason,
    },
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
      return {
        ...wrap(spec, prefix),
        memory: prefix.length > 0 ? 'rlimit' : 'none',
        processes: 'none',
        release: async () => undefined,
      };
    },
  };
}
