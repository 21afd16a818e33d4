import { plainEnvironment, run } from '../../shared/subprocess.ts';
import { packGzip, packRaw, packZip } from './pack.ts';
import { pickFiles } from './pick-files.ts';
import { type ArchiveResult, type ArchiveTask, archiveTask } from './task.ts';
import { ArchiveRefused, unpackZip } from './unpack.ts';

// The helper that touches archives: started in the job's sandbox, so that a hostile archive or a link in the working
// copy meets nothing but the job's own files.

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const answer = await perform(archiveTask.parse(JSON.parse(Buffer.concat(chunks).toString())));
process.stdout.write(`${JSON.stringify(answer)}\n`);

async function perform(task: ArchiveTask): Promise<ArchiveResult[]> {
  const results: ArchiveResult[] = [];
  if (task.do === 'pack') {
    for (const item of task.items) results.push(await pack(task.root, item));
    return results;
  }
  for (const source of task.sources) {
    const result = await unpack(task.root, source);
    results.push(result);
    if (result.refused !== null) break;
  }
  return results;
}

async function unpack(root: string, source: string): Promise<ArchiveResult> {
  try {
    return { files: await unpackZip(source, root), missing: [], leftOut: [], refused: null };
  } catch (error) {
    if (error instanceof ArchiveRefused)
      return { files: 0, missing: [], leftOut: [], refused: error.message };
    throw error;
  }
}

type Item = Extract<ArchiveTask, { do: 'pack' }>['items'][number];

async function pack(root: string, item: Item): Promise<ArchiveResult> {
  const untracked = item.untracked ? await untrackedFiles(root) : [];
  const { files, missing, leftOut } = pickFiles(root, item.paths, item.exclude, untracked);
  const [first] = files;
  if (first === undefined) return { files: 0, missing, leftOut, refused: null };
  if (item.format === 'zip') await packZip(root, files, item.target);
  else if (item.format === 'gzip') await packGzip(root, files, item.target);
  else if (files.length > 1)
    return { files: 0, missing, leftOut, refused: `${files.length} files, but the format raw takes one` };
  else await packRaw(root, first, item.target);
  return { files: files.length, missing, leftOut, refused: null };
}

async function untrackedFiles(root: string): Promise<string[]> {
  const { code, stdout } = await run(['git', 'ls-files', '--others', '-z'], {
    cwd: root,
    env: plainEnvironment(),
  });
  return code === 0
    ? stdout
        .toString()
        .split('\0')
        .filter((each) => each !== '')
    : [];
}
