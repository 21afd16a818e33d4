import { run } from '../shared/subprocess.ts';
import { bubblewrap } from './bubblewrap.ts';
import { findCgroups } from './cgroup.ts';
import { noSandbox } from './no-sandbox.ts';
import { findDropping } from './ordinary-user.ts';
import { findProgram } from './programs.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * Finds out how foreign code can be started here by doing it once. `isolation: 'none'` (from seto.yaml) is obeyed and
 * said aloud. Never throws: without bubblewrap the answer is a sandbox that isolates nothing, with the reason.
 */
export async function detectSandbox(
  options: { isolation?: 'bubblewrap' | 'none'; bwrap?: string | null } = {},
): Promise<Sandbox> {
  const programs = { setpriv: findProgram('setpriv'), prlimit: findProgram('prlimit') };
  const cgroups = await findCgroups();
  if (options.isolation === 'none') return noSandbox('isolation: none', programs, cgroups);
  const bwrap = options.bwrap === undefined ? findProgram('bwrap') : options.bwrap;
  if (bwrap === null) return noSandbox('bubblewrap (bwrap) is not installed', programs, cgroups);
  const plain = bubblewrap(bwrap, programs, cgroups, null);
  const failure = await probe(plain, false);
  if (failure !== null) return noSandbox(failure, programs, cgroups);
  const dropping = process.getuid?.() === 0 ? findDropping() : null;
  if (dropping === null) return plain;
  const dropped = bubblewrap(bwrap, programs, cgroups, dropping);
  return (await probe(dropped, true)) === null ? dropped : plain;
}

/** Starts `true` inside; null where it worked, else why not. */
async function probe(sandbox: Sandbox, asOrdinaryUser: boolean): Promise<string | null> {
  const { argv, env } = sandbox.command({
    argv: ['/bin/true'],
    env: {},
    cwd: '/',
    mounts: [],
    hostSystem: true,
    tmpBytes: 1024 * 1024,
    network: 'host',
    limits: {},
    ...(asOrdinaryUser ? { asOrdinaryUser } : {}),
  });
  try {
    const { code, signal, stderr } = await run(argv, { env, timeoutMs: 10_000 });
    if (code === 0) return null;
    return stderr.trim().split('\n').at(-1) || `bwrap ended with ${code ?? signal}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether this program already runs inside a sandbox of ours: then it is not wrapped again. */
export function insideSandbox(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return env['SETO_SANDBOX'] === 'bubblewrap';
}
