import { findProgram } from './programs.ts';
import { ordinaryUid, type SandboxSpec } from './sandbox.ts';

/** What root needs to become the ordinary uid without losing sight of the files that a spec mounts. */
export interface Dropping {
  setpriv: string;
  unshare: string;
  mount: string;
}

/** The programs for it; null where one is missing. */
export function findDropping(): Dropping | null {
  const [setpriv, unshare, mount] = ['setpriv', 'unshare', 'mount'].map(findProgram);
  return setpriv && unshare && mount ? { setpriv, unshare, mount } : null;
}

/** From root to the ordinary uid, for good. */
export function dropArguments(setpriv: string): string[] {
  const id = String(ordinaryUid);
  return [setpriv, '--reuid', id, '--regid', id, '--clear-groups', '--inh-caps=-all', '--'];
}

/** Binds each source named before `--` to a numbered place, then becomes the program. */
const staging = [
  'set -e; mount=$1; at=$2; shift 2; n=0',
  '"$mount" -t tmpfs -o mode=0755,size=1m seto "$at"',
  'while [ "$1" != -- ]; do if [ -d "$1" ]; then mkdir "$at/$n"; else : > "$at/$n"; fi',
  '"$mount" --rbind "$1" "$at/$n"; n=$((n+1)); shift; done',
  'shift; exec "$@"',
].join('\n');

/**
 * The ordinary uid may not be able to walk the host's path of a mount (a data folder under /root is 0700), so root
 * first binds every source to a reachable place in a mount namespace of its own. All steps exec, none waits: the
 * process spawned becomes the sandbox's, and since it then has the ordinary uid too, its death reaches the inside
 * (a waiting root process without CAP_KILL could not pass it on).
 */
export function stage(
  spec: SandboxSpec,
  { setpriv, unshare, mount }: Dropping,
): { prefix: string[]; spec: SandboxSpec } {
  const sources = spec.mounts.map(({ from }) => from);
  const at =
    ['/mnt', '/media', '/srv', '/opt'].find((each) => !sources.some((from) => isWithin(from, each))) ??
    '/mnt';
  return {
    prefix: [
      ...[unshare, '--mount', '--propagation', 'private', '--'],
      ...['/bin/sh', '-c', staging, 'sh', mount, at, ...sources, '--'],
      ...dropArguments(setpriv),
    ],
    spec: { ...spec, mounts: spec.mounts.map((each, index) => ({ ...each, from: `${at}/${index}` })) },
  };
}

function isWithin(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}
