import path from 'node:path';
import { fault } from '../../shared/errors.ts';
import { packageRoot, programFile } from '../../shared/program.ts';
import type { Workplace } from '../executors/executor.ts';
import { type ArchiveResult, type ArchiveTask, archiveAnswer } from './task.ts';

/** Our own program as a helper starts it: the folder to mount, and where Node and the helper lie in it. */
const main = programFile('runner/archive/archive-main');

/** Ten minutes for one archive; a disk that takes longer is stuck. */
const helperTimeoutMs = 600_000;

/**
 * Runs the archive helper in the job's sandbox. `mounts` are the files it reads or writes besides the job's folder.
 * Node is the one that runs this program, since the job may have put another first on its PATH.
 */
export async function runArchiveTask(
  workplace: Workplace,
  task: ArchiveTask,
  mounts: readonly { from: string; to: string; writable?: true }[],
  stop: AbortSignal,
): Promise<ArchiveResult[]> {
  const tree = programFolder(process.execPath, packageRoot);
  const at = (file: string) => path.join(workplace.place(tree, '/opt/helper'), path.relative(tree, file));
  const output: Buffer[] = [];
  const ending = await workplace.run({
    argv: [at(process.execPath), '--disable-warning=ExperimentalWarning', at(main)],
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
    cwd: workplace.inside,
    input: JSON.stringify(task),
    mounts: [{ from: tree, to: '/opt/helper' }, ...mounts],
    timeoutMs: helperTimeoutMs,
    stop,
    graceMs: 0,
    output: (chunk) => output.push(chunk),
  });
  const text = Buffer.concat(output).toString().trim();
  if (ending.kind === 'exited' && ending.code === 0)
    return archiveAnswer.parse(JSON.parse(text.slice(text.lastIndexOf('\n') + 1)));
  throw fault('runner.archive_failed', { reason: text.split('\n').at(-1) || ending.kind }, { detail: text });
}

/** The nearest folder that holds both Node and our package: the runtime tree, or the checkout. */
function programFolder(node: string, root: string): string {
  let folder = root;
  while (folder !== '/' && !node.startsWith(`${folder}/`)) folder = path.dirname(folder);
  return folder;
}
