import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { say } from '../shared/text.ts';
import { type JobContext, JobFailed, section } from './job-context.ts';
import { sourcesScript } from './sources-script.ts';

/** Seconds that a program has between SIGTERM and SIGKILL: less cuts clean-up short, more keeps a billed node up. */
export const graceMs = 10_000;

/** A path inside the job's folder, as this process sees it. Only before the job's programs ran: they may put links there. */
function outside({ workplace }: Pick<JobContext, 'workplace'>, inside: string): string {
  return path.join(workplace.outside, path.posix.relative(workplace.inside, inside));
}

/** Makes the folders, writes the variables of type file and the CA. */
export async function layOut(context: JobContext): Promise<void> {
  const { projectDir, temporaryDir, home, files } = context.environment;
  for (const folder of [projectDir, temporaryDir, home])
    await mkdir(outside(context, folder), { recursive: true });
  for (const [file, content] of files) await writeFile(outside(context, file), content, { mode: 0o600 });
}

/** Fills the working copy by git, inside the sandbox. */
export async function fetchSources(context: JobContext): Promise<void> {
  await section(context, 'get_sources', 'runner.section.sources', async () => {
    const { job, environment, workplace } = context;
    const ending = await workplace.run({
      argv: ['/bin/sh', '-c', sourcesScript(job, environment.env, environment.projectDir)],
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        LANG: 'C.UTF-8',
        HOME: environment.home,
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_NOSYSTEM: '1',
        ...(environment.env['GIT_SSL_CAINFO'] ? { GIT_SSL_CAINFO: environment.env['GIT_SSL_CAINFO'] } : {}),
      },
      cwd: workplace.inside,
      timeoutMs: context.leftMs(),
      stop: context.stop,
      kill: context.kill,
      graceMs,
      output: context.write,
    });
    if (ending.kind === 'exited' && ending.code === 0) return;
    const code = ending.kind === 'exited' ? ending.code : ending.kind;
    throw new JobFailed(say(context.lang, 'runner.no_git', { code }), ending, 'runner_system_failure');
  });
}
