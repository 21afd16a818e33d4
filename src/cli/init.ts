import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { createProject, listProjects } from '../api/contract/projects.ts';
import { whoAmI } from '../api/contract/session.ts';
import type { Client } from '../client/client.ts';
import { fault, SetoError } from '../shared/errors.ts';
import { packageRoot } from '../shared/program.ts';
import { run } from '../shared/subprocess.ts';
import { say } from '../shared/text.ts';
import type { Cli } from './cli.ts';
import { badValue } from './usage.ts';

/** What the sample calls its endpoint and model. */
const templateName = 'inspection';
const samples = path.join(packageRoot, 'samples');

/** `seto init DIR`: files from a template, a git repository, the project on the platform, the remote. */
export function register(program: Command, cli: Cli): void {
  program
    .command('init')
    .description('Start a project: files, git, the project on the platform')
    .argument('<dir>')
    .option('--template <name>', 'which sample to copy', 'visual-inspection')
    .option('--project <path>', 'GROUP/NAME (default: your name / the folder’s)')
    .addHelpText('after', '\nExample:\n  seto init inspection')
    .action(async (given: string, options: { template: string; project?: string }) => {
      const dir = path.resolve(cli.cwd, given);
      copyTemplate(dir, options.template);
      const named = await makeRepository(dir);
      if (!named) cli.warn(say(cli.lang, 'init.nameless'));
      const client = await cli.client().catch((error: unknown) => {
        if (error instanceof SetoError && error.code === 'access.not_signed_in') return null;
        throw error;
      });
      if (client === null) return cli.print(say(cli.lang, 'init.local'));
      const project = await ensureProject(client, options.project, dir);
      await connectRemote(dir, project.gitUrl);
      cli.print(say(cli.lang, 'init.done', { path: project.path, dir: given }));
      cli.print(say(cli.lang, 'init.next', { dir: given, data: dataName(dir) }));
    });
}

function copyTemplate(dir: string, template: string): void {
  const from = path.join(samples, template);
  const known = readdirSync(samples);
  if (!known.includes(template))
    throw badValue('seto init', { name: '--template', value: template }, 'usage.one_of', {
      list: known.join(', '),
    });
  if (existsSync(path.join(dir, '.gitlab-ci.yml'))) return;
  if (existsSync(dir) && readdirSync(dir).some((name) => name !== '.git'))
    throw fault('core.conflict', { what: dir });
  cpSync(from, dir, { recursive: true, filter: (source) => !/\.test\.ts$/.test(source) });
  nameThings(dir);
}

/**
 * Endpoints, models and data sets have one name in the whole installation, so a second project from the same template
 * gets its own: the folder's name, and `NAME-parts` for its data.
 */
function nameThings(dir: string): void {
  const name = path.basename(dir).toLowerCase();
  if (name === templateName || !/^[a-z][a-z0-9-]{0,40}$/.test(name)) return;
  for (const file of ['.gitlab-ci.yml', '.seto.yaml']) {
    const text = readFileSync(path.join(dir, file), 'utf8');
    writeFileSync(
      path.join(dir, file),
      text
        .replace(/(deploy|endpoint:) inspection\b/g, `$1 ${name}`)
        .replace(/(data pull|data:) parts\b/g, `$1 ${name}-parts`)
        .replace('node train.ts data/ model/', `node train.ts data/ model/ --name ${name}`),
    );
  }
}

/** The data set that the project's jobs pull. */
function dataName(dir: string): string {
  const file = path.join(dir, '.gitlab-ci.yml');
  return /seto data pull (\S+)/.exec(existsSync(file) ? readFileSync(file, 'utf8') : '')?.[1] ?? 'NAME';
}

async function git(dir: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const result = await run(['git', ...args], { cwd: dir, env });
  if (result.code !== 0)
    throw fault('core.usage', { what: `git ${args[0]}: ${result.stderr.trim()}`, command: 'seto init' });
  return result.stdout.toString().trim();
}

/** False where git does not know who commits: the first commit is then ours, and the user's own would fail. */
async function makeRepository(dir: string): Promise<boolean> {
  if (!existsSync(path.join(dir, '.git'))) await git(dir, 'init', '--quiet', '--initial-branch', 'main');
  const head = await run(['git', 'rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: dir });
  if (head.code === 0) return true;
  await git(dir, 'add', '--all');
  const named = await run(['git', 'config', 'user.email'], {
    cwd: dir,
    env: { ...process.env } as Record<string, string>,
  });
  const author = named.code === 0 ? [] : ['-c', 'user.name=seto', '-c', 'user.email=seto@localhost'];
  await git(dir, ...author, 'commit', '--quiet', '--message', 'Start from the template');
  return named.code === 0;
}

async function ensureProject(
  client: Client,
  wanted: string | undefined,
  dir: string,
): Promise<{ path: string; gitUrl: string }> {
  const { name } = await client.call(whoAmI);
  const projectPath = (wanted ?? `${name}/${path.basename(dir)}`).toLowerCase();
  const known = (await client.call(listProjects)).find((each) => each.path === projectPath);
  return known ?? client.call(createProject, { body: { path: projectPath, defaultBranch: 'main' } });
}

async function connectRemote(dir: string, gitUrl: string): Promise<void> {
  const remotes = (await git(dir, 'remote')).split('\n');
  await git(dir, 'remote', remotes.includes('origin') ? 'set-url' : 'add', 'origin', gitUrl);
}
