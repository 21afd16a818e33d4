import type { SandboxSpec } from './sandbox.ts';

/** Of /etc, what programs need to resolve names, trust certificates and find libraries; no key lies in these. */
const etc = [
  'alternatives',
  'group',
  'hosts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'nsswitch.conf',
  'passwd',
  'pki/tls/certs',
  'pki/ca-trust/extracted',
  'resolv.conf',
  'ssl/certs',
  'ssl/openssl.cnf',
] as const;

/** Top folders of the host as they are there: a real folder, or a link such as `/bin → usr/bin`. */
export type HostFolders = readonly { path: string; link: string | null }[];

/** Arguments that show the host's programs and libraries read-only. */
export function hostArguments(folders: HostFolders): string[] {
  return [
    ...folders.flatMap(({ path, link }) =>
      link === null ? ['--ro-bind', path, path] : ['--symlink', link, path],
    ),
    ...etc.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
  ];
}

function mountArguments(mounts: SandboxSpec['mounts']): string[] {
  return mounts.flatMap(({ from, to, writable }) => [writable ? '--bind' : '--ro-bind', from, to]);
}

/**
 * The walls around foreign code. Without `--unshare-user` or `--cap-drop ALL` a job started by root keeps root's
 * capabilities and reads any file through open_by_handle_at; without `--new-session` it types into our terminal
 * (TIOCSTI); without `--unshare-pid` a child it leaves behind outlives it.
 */
export function wallArguments(spec: SandboxSpec): string[] {
  return [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...(spec.network === 'none' ? ['--unshare-net'] : []),
    '--cap-drop',
    'ALL',
    '--die-with-parent',
    '--new-session',
  ];
}

/**
 * Size of the `/` that holds the mount points, bytes. Smaller, and programs that put a file or two below /var or /root
 * fail; larger, and a job fills that much memory which RLIMIT_DATA does not count.
 */
const rootBytes = 16 * 1024 * 1024;

/** Everything between `bwrap` and the program. */
export function bubblewrapArguments(
  spec: SandboxSpec,
  host: HostFolders,
  named: readonly (readonly [string, string])[],
): string[] {
  const size = String(spec.tmpBytes);
  const isRoot = (mount: { to: string }) => mount.to === '/';
  return [
    ...wallArguments(spec),
    ...(spec.mounts.some(isRoot)
      ? mountArguments(spec.mounts.filter(isRoot))
      : ['--size', String(rootBytes), '--tmpfs', '/']),
    ...(spec.hostSystem ? hostArguments(host) : []),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--size',
    size,
    '--tmpfs',
    '/dev/shm',
    // bubblewrap's /dev is a tmpfs without a bound; what it binds there stays writable.
    '--remount-ro',
    '/dev',
    '--size',
    size,
    '--tmpfs',
    '/tmp',
    ...mountArguments(spec.mounts.filter((mount) => !isRoot(mount))),
    ...named.flatMap(([name, value]) => ['--setenv', name, value]),
    '--chdir',
    spec.cwd,
  ];
}
