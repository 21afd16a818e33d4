import type { Command } from 'commander';
import {
  createProject,
  issueProjectToken,
  listProjects,
  listProjectTokens,
  protectRef,
  revokeProjectToken,
  setMember,
  showProject,
  unprotectRef,
} from '../api/contract/projects.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { daysOption, tokenRow } from './token-text.ts';
import { badValue } from './usage.ts';

const memberRoles = ['viewer', 'labeller', 'developer', 'maintainer'] as const;
type MemberRole = (typeof memberRoles)[number];

/** `seto project …` */
export function register(program: Command, cli: Cli): void {
  const project = program
    .command('project')
    .description('Projects: a repository, its pipelines, its members');
  project
    .command('create')
    .description('make a project: an empty repository and its members')
    .argument('<path>', 'GROUP/NAME')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto project create factory/inspection')
    .action(async (path: string, options: { json?: true }) => {
      const made = await (await cli.client()).call(createProject, { body: { path, defaultBranch: 'main' } });
      if (options.json) cli.json(made);
      else cli.print(`${made.path}  ${made.gitUrl}`);
    });
  project
    .command('ls')
    .description('the projects you can see')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto project ls --json')
    .action(async (options: { json?: true }) => {
      const all = await (await cli.client()).call(listProjects);
      if (options.json) cli.json(all);
      else for (const line of table(all.map((each) => [each.path, each.gitUrl]))) cli.print(line);
    });
  project
    .command('show')
    .description('one project: its git address, its members, its protected branches and tags')
    .argument('[path]', 'GROUP/NAME (default: the project of this folder)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto project show factory/inspection')
    .action(async (path: string | undefined, options: { json?: true }) => {
      const shown = await (await cli.client()).call(showProject, {
        params: split(await cli.projectHere(path)),
      });
      if (options.json) return cli.json(shown);
      cli.print(`${shown.path}  ${shown.gitUrl}  (${shown.defaultBranch})`);
      for (const line of table(shown.members.map((each) => [each.name, each.role]))) cli.print(line);
      cli.print(say(cli.lang, 'project.protected', { refs: shown.protectedRefs.join(', ') }));
    });
  project
    .command('member')
    .description('give a person a role in the project, or take it away (none)')
    .argument('<user>')
    .argument('<role>', `${memberRoles.join(' | ')} | none`)
    .option('--project <path>')
    .addHelpText('after', '\nExample:\n  seto project member hanako developer --project factory/inspection')
    .action(async (user: string, role: string, options: { project?: string }) => {
      const params = { ...split(await cli.projectHere(options.project)), user };
      await (await cli.client()).call(setMember, {
        params,
        body: { role: role === 'none' ? null : parseRole(role) },
      });
    });
  project
    .command('protect')
    .description('let only maintainers push to a branch or tag, and give its jobs the protected variables')
    .argument('<ref>', 'a branch or tag; `*` stands for any characters')
    .option('--remove', 'end the protection')
    .option('--project <path>')
    .addHelpText('after', "\nExample:\n  seto project protect 'release/*'")
    .action(async (ref: string, options: { remove?: true; project?: string }) => {
      const params = { ...split(await cli.projectHere(options.project)), ref };
      await (await cli.client()).call(options.remove ? unprotectRef : protectRef, { params });
    });
  registerTokens(project, cli);
}

function registerTokens(project: Command, cli: Cli): void {
  const token = project
    .command('token')
    .description('tokens of the project, for programs: make (default), list, take back');
  token
    .command('add', { isDefault: true })
    .description('make a token; it is shown once')
    .argument('<name>')
    .argument('<role>', memberRoles.join(' | '))
    .option('--project <path>')
    .addOption(daysOption())
    .addHelpText('after', '\nExample:\n  seto project token add ci-mirror developer --days 90')
    .action(async (name: string, role: string, options: { project?: string; days?: number }) => {
      const params = split(await cli.projectHere(options.project));
      const made = await (await cli.client()).call(issueProjectToken, {
        params,
        body: { name, role: parseRole(role), days: options.days },
      });
      cli.warn(say(cli.lang, 'user.token'));
      cli.print(made.token);
    });
  token
    .command('ls')
    .description('the tokens of the project, by id')
    .option('--project <path>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto project token ls')
    .action(async (options: { project?: string; json?: true }) => {
      const params = split(await cli.projectHere(options.project));
      const all = await (await cli.client()).call(listProjectTokens, { params });
      if (options.json) return cli.json(all);
      for (const line of table(all.map((each) => tokenRow(cli.lang, each)))) cli.print(line);
    });
  token
    .command('rm')
    .description('take a token back; it dies at once')
    .argument('<id>', 'from `seto project token ls`')
    .option('--project <path>')
    .addHelpText('after', '\nExample:\n  seto project token rm 4f0c9d21ab77')
    .action(async (id: string, options: { project?: string }) => {
      const params = { ...split(await cli.projectHere(options.project)), id };
      await (await cli.client()).call(revokeProjectToken, { params });
    });
}

/** `group/name` as route parameters. */
export function split(path: string): { group: string; name: string } {
  const [group = '', name = ''] = path.split('/');
  return { group, name };
}

function parseRole(text: string): MemberRole {
  const role = memberRoles.find((each) => each === text);
  if (role === undefined)
    throw badValue('seto project', { name: 'role', value: text }, 'usage.one_of', {
      list: memberRoles.join(', '),
    });
  return role;
}
