/** How a program of a job ended. */
export type Ending =
  | { kind: 'exited'; code: number }
  | { kind: 'timed_out' }
  /** `stop` was aborted, and the program is gone. */
  | { kind: 'stopped' };

export interface Program {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  /** As the program sees it. */
  cwd: string;
  input?: string;
  /** Seen besides the job's folder: a step's script, what a helper reads or writes. */
  mounts?: readonly { from: string; to: string; writable?: true }[];
  timeoutMs: number;
  /** Ends the program: SIGTERM to everything inside, SIGKILL to the whole tree `graceMs` later. */
  stop: AbortSignal;
  graceMs: number;
  /** Ends the whole tree at once, grace or not: the node's time is over. */
  kill?: AbortSignal;
  output(chunk: Buffer): void;
}

/** Where one job's programs run, one after another. */
export interface Workplace {
  /** The job's folder on this machine, and as its programs see it. */
  readonly outside: string;
  readonly inside: string;
  /** The runtime tree as the programs see it. */
  readonly runtime: string;
  /** `bash` where there is one. */
  readonly shell: { name: 'bash' | 'sh'; path: string };
  /** What isolates and limits the programs, for the log. */
  readonly isolation: 'bubblewrap' | 'none';
  readonly limits: string;
  /** Where a path of this machine is for a helper that mounts it. */
  place(from: string, to: string): string;
  /** Never rejects for what the program does; rejects where it cannot be started. */
  run(program: Program): Promise<Ending>;
  /** Ends what is left and removes the folder. */
  close(): Promise<void>;
}

/** Runs jobs: `process` in the sandbox of this machine; others in containers. One workplace a job, several at once. */
export interface Executor {
  readonly name: string;
  open(jobId: number): Promise<Workplace>;
}
