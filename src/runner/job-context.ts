import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { Lang, Values } from '../shared/text/format.ts';
import { type PhraseKey, say } from '../shared/text.ts';
import type { Ending, Workplace } from './executors/executor.ts';
import type { JobEnvironment } from './job-environment.ts';
import type { JobPayload } from './job-payload.ts';
import type { RunnerProtocol } from './protocol-client.ts';
import { sectionEnd, sectionStart } from './step-script.ts';

/** What every phase of one job works with. */
export interface JobContext {
  job: JobPayload;
  workplace: Workplace;
  environment: JobEnvironment;
  protocol: RunnerProtocol;
  clock: Clock;
  log: Log;
  lang: Lang;
  /** Private to the runner: archives on their way, the scripts of steps. */
  spool: string;
  /** This node's caches. */
  cacheDir: string;
  /** Writes to the job's log, masked. */
  write(data: Buffer | string): void;
  /** Aborted when the job must stop, whatever the reason. */
  stop: AbortSignal;
  /** Aborted when its script must be gone at once: the node's time is over. */
  kill: AbortSignal;
  /** What is left of the job's time, milliseconds. */
  leftMs(): number;
}

/** Writes one line of ours, in the node's language. */
export function tell(
  context: Pick<JobContext, 'write' | 'lang'>,
  key: PhraseKey,
  values: Values = {},
  colour: 'plain' | 'red' | 'yellow' | 'green' = 'plain',
): void {
  const code = { plain: '', red: '\u001b[31;1m', yellow: '\u001b[0;33m', green: '\u001b[32;1m' }[colour];
  context.write(`${code}${say(context.lang, key, values)}${code === '' ? '' : '\u001b[0;m'}\n`);
}

/** Does a phase within a foldable section of the log. */
export async function section<T>(
  context: Pick<JobContext, 'write' | 'lang' | 'clock'>,
  name: string,
  title: PhraseKey,
  phase: () => Promise<T>,
): Promise<T> {
  const seconds = () => Math.floor(context.clock.now() / 1000);
  context.write(sectionStart(name, seconds(), say(context.lang, title)));
  try {
    return await phase();
  } finally {
    context.write(sectionEnd(name, seconds()));
  }
}

/** Ends a job before its script said so; `reason` is GitLab's failure reason. */
export class JobFailed extends Error {
  readonly ending: Ending;
  readonly reason: 'script_failure' | 'runner_system_failure';

  constructor(message: string, ending: Ending, reason: 'script_failure' | 'runner_system_failure') {
    super(message);
    this.ending = ending;
    this.reason = reason;
  }
}
