/** What a sandboxed program may see and use. Everything not listed is absent. */
export interface SandboxSpec {
  argv: readonly [string, ...string[]];
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** Working folder as the program sees it. */
  cwd: string;
  /**
   * Host path → path inside, in this order. The host's /usr, /bin, /lib* and a few files of /etc come by
   * `hostSystem`. A mount to `/` comes first and holds the (empty) folders proc, dev and tmp.
   */
  mounts: readonly { from: string; to: string; writable?: true }[];
  /** Read-only /usr, /bin, /lib*, chosen files of /etc: for jobs; a model server has only its own root. */
  hostSystem: boolean;
  /** Size of the private /tmp and of /dev/shm, bytes. */
  tmpBytes: number;
  /** Host network, or none at all. */
  network: 'host' | 'none';
  /** `memoryMb` holds for all processes together with a cgroup, for each by itself with RLIMIT_DATA. */
  limits: { memoryMb?: number; processes?: number };
  /** The ordinary uid to run as where Seto itself is root (nested sandboxes fail under root). */
  asOrdinaryUser?: true;
  /** Outlives the process that started it (a node); whatever is inside still ends with the program spawned. */
  detached?: true;
}

/** Which limits really hold on this machine, for doctor and the job log. */
export interface SandboxAbility {
  isolation: 'bubblewrap' | 'none';
  memory: 'cgroup-v2' | 'cgroup-v1' | 'rlimit' | 'none';
  processes: 'cgroup-v2' | 'cgroup-v1' | 'none';
  /** Why bubblewrap is not used, where it is not. */
  reason: string | null;
}

/** What to spawn: argv by its path, with exactly this environment. */
export interface SandboxCommand {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
}

/** A command whose cgroup exists; `release` removes it after the program ended (and ends what is left in it). */
export interface ConfinedCommand extends SandboxCommand {
  /** Which limits hold for this very program. */
  memory: SandboxAbility['memory'];
  processes: SandboxAbility['processes'];
  release(): Promise<void>;
}

/**
 * How foreign code is started: every job step, gate evaluation and model server goes through here.
 * Ending the spawned process (SIGKILL) ends everything inside (own PID namespace; without bubblewrap only its process
 * group, which `ability` says aloud; spawn it with `detached: true` then). bubblewrap passes no other signal inside:
 * `signalInside` does.
 */
export interface Sandbox {
  readonly ability: SandboxAbility;
  /** Pure wrapping, with limits by RLIMIT only. */
  command(spec: SandboxSpec): SandboxCommand;
  /** The same in a cgroup of its own, where this machine lets us make one. */
  confine(spec: SandboxSpec): Promise<ConfinedCommand>;
}

/** Uid and gid of `asOrdinaryUser`: in the range that systemd's allocation leaves unused, so no daemon has it. */
export const ordinaryUid = 60_977;
