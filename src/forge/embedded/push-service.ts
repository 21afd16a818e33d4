import type { Principal } from '../../identity/principal.ts';
import { roles } from '../../identity/principal.ts';
import type { Project } from '../../identity/projects.ts';
import { explain, isErrorCode } from '../../shared/errors.ts';
import type { Lang } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';
import { costLines } from '../cost-lines.ts';
import type { ForgeContext } from './forge-context.ts';
import type { RefCommand } from './git/receive-request.ts';
import { noCommit } from './git/repositories.ts';
import type { PushHooks } from './git/serve-git.ts';
import { variablesContext } from './pipeline-rows.ts';
import { renderDiagnostic } from './pipelines/diagnostics.ts';
import { type Started, startRun } from './start-pipeline.ts';
import type { Variables } from './variables.ts';

interface PushRow {
  id: number;
  project_id: number;
  ref: string;
  old_sha: string;
  new_sha: string;
  user_id: number;
  skip: number;
  variables: string;
}

/** GitLab's rule: one push of more branches and tags than this starts nothing (a mirror, an import). */
const mostRefs = 4;

/** Pushes and the pipelines that follow from them. */
export interface PushService {
  hooks(project: Project, principal: Principal, lang: Lang): PushHooks;
  /** Starts what a crash kept from starting: intents left behind, and refs that nobody looked at. Call at start. */
  catchUp(): Promise<void>;
}

export function createPushService(ctx: ForgeContext, variables: Variables): PushService {
  const { store, clock, identity, repositories, seal, log } = ctx;

  const refuse = (project: Project, principal: Principal, lang: Lang, commands: readonly RefCommand[]) => {
    const reasons = new Map<string, string>();
    const level = identity.roleIn(principal, project.id);
    for (const { ref, newSha } of commands) {
      const name = ref.replace(/^refs\/(heads|tags)\//, '');
      if (!/^refs\/(heads|tags|notes)\/./.test(ref)) reasons.set(ref, say(lang, 'forge.push.reserved'));
      else if (ref === `refs/heads/${project.defaultBranch}` && newSha === noCommit)
        reasons.set(ref, say(lang, 'forge.push.default_branch'));
      else if (
        level < roles.maintainer &&
        !ref.startsWith('refs/notes/') &&
        identity.isProtected(project.id, name)
      )
        reasons.set(ref, say(lang, 'forge.push.protected'));
    }
    return reasons;
  };

  /** Handles one pushed ref that git has taken; returns what to tell the pusher. */
  const handlePushed = async (push: PushRow, project: Project, lang: Lang): Promise<string> => {
    const refType = push.ref.startsWith('refs/tags/') ? 'tag' : 'branch';
    const name = push.ref.replace(/^refs\/(heads|tags)\//, '');
    const settle = () => {
      store.run('DELETE FROM pushes WHERE id = ?', push.id);
      if (push.new_sha === noCommit)
        store.run('DELETE FROM seen_refs WHERE project_id = ? AND ref = ?', project.id, push.ref);
      else see(project.id, push.ref, push.new_sha);
    };
    const commit = push.new_sha === noCommit ? null : await repositories.commitOf(project.path, push.new_sha);
    const skip =
      commit !== null &&
      (push.skip === 1 ||
        /\[(?:skip ci|ci skip)\]/i.test((await repositories.commitInfo(project.path, commit)).message));
    if (commit === null || skip) {
      store.transaction(settle);
      return skip ? say(lang, 'forge.push.skipped') : '';
    }
    const started = await startRun(ctx, variables, {
      project,
      ref: name,
      refType,
      sha: commit,
      beforeSha: push.old_sha,
      source: 'push',
      userId: push.user_id,
      variables: JSON.parse(seal.open(push.variables, variablesContext)) as Record<string, string>,
      idempotencyKey: `push:${push.id}`,
      settle,
    });
    return describe(started, name, lang);
  };

  const describe = (started: Started, ref: string, lang: Lang): string => {
    const problems = started.diagnostics.map((each) => renderDiagnostic(each, lang));
    if (started.plan)
      return [
        say(lang, 'forge.push.pipeline', { id: started.pipelineId, ref }),
        say(lang, 'forge.push.jobs', { jobs: started.plan.jobs.map((job) => job.name).join(', ') }),
        ...costLines(lang, ctx.costs().of(started.pipelineId)),
        ...problems,
      ].join('\n');
    if (started.pipelineId !== null)
      return [say(lang, 'forge.push.broken', { count: problems.length }), ...problems].join('\n');
    if (started.code === null) return say(lang, 'forge.push.no_file', { ref });
    return isErrorCode(started.code) ? explain(started.code, {}, lang).message : '';
  };

  const see = (projectId: number, ref: string, sha: string) =>
    store.run(
      'INSERT INTO seen_refs (project_id, ref, sha) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sha = excluded.sha',
      projectId,
      ref,
      sha,
    );

  return {
    hooks: (project, principal, lang) => {
      let pushes: PushRow[] = [];
      let many = false;
      return {
        refuse: (commands) => refuse(project, principal, lang, commands),
        declined: say(lang, 'forge.push.declined'),
        before: ({ commands, options }) => {
          const refs = commands.filter(({ ref }) => /^refs\/(heads|tags)\//.test(ref));
          many = refs.filter(({ newSha }) => newSha !== noCommit).length > mostRefs;
          const userId = principal.kind === 'user' ? principal.userId : project.ownerId;
          const skip = many || options.some((each) => each === 'ci.skip' || each === 'ci.no_pipeline');
          const sealed = seal.seal(JSON.stringify(pushVariables(options)), variablesContext);
          store.transaction(() => {
            pushes = refs.map(({ ref, oldSha, newSha }) => {
              const { lastInsertRowid: id } = store.run(
                'INSERT INTO pushes (project_id, ref, old_sha, new_sha, user_id, skip, variables, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
                project.id,
                ref,
                oldSha,
                newSha,
                userId,
                Number(skip),
                sealed,
                clock.now(),
              );
              return {
                id,
                project_id: project.id,
                ref,
                old_sha: oldSha,
                new_sha: newSha,
                user_id: userId,
                skip: Number(skip),
                variables: sealed,
              };
            });
          });
        },
        after: async (_request, accepted) => {
          const said: string[] = many ? [say(lang, 'forge.push.many', { most: mostRefs })] : [];
          for (const push of pushes) {
            if (!accepted.has(push.ref)) {
              // Git refused this one, and its report says why.
              store.run('DELETE FROM pushes WHERE id = ?', push.id);
              continue;
            }
            try {
              const text = await handlePushed(push, project, lang);
              if (text !== '' && !many) said.push(text);
            } catch (error) {
              // The push itself stands; the intent stays for the next start.
              log.error({ err: error, project: project.path, ref: push.ref }, 'a push got no pipeline');
              said.push(say(lang, 'forge.push.later', { ref: push.ref }));
            }
          }
          return said.join('\n');
        },
      };
    },
    catchUp: async () => {
      for (const push of store.all<PushRow>('SELECT * FROM pushes ORDER BY id')) {
        const project = identity.project(push.project_id);
        if (project === null) store.run('DELETE FROM pushes WHERE id = ?', push.id);
        else await quietly(project, push.ref, () => catchUpPush(push, project));
      }
      for (const project of identity.projects.list())
        await quietly(project, null, async () => {
          if (repositories.exists(project.path)) await catchUpRefs(project);
          else await repositories.create(project.path, project.defaultBranch);
        });
    },
  };

  /** Refs by what they hold themselves (a tag object, not its commit): what a push command names. */
  async function refValues(project: Project): Promise<Map<string, string>> {
    return repositories.refValues(project.path);
  }

  /** One commit that cannot be planned or one broken repository must not keep the platform from starting. */
  async function quietly(project: Project, ref: string | null, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.error({ err: error, project: project.path, ref }, 'a push still gets no pipeline');
    }
  }

  /** Where it fails, the intent stays for the next start. */
  async function catchUpPush(push: PushRow, project: Project): Promise<void> {
    const stands = ((await refValues(project)).get(push.ref) ?? noCommit) === push.new_sha;
    if (stands) await handlePushed(push, project, 'en');
    else store.run('DELETE FROM pushes WHERE id = ?', push.id);
  }

  async function catchUpRefs(project: Project): Promise<void> {
    const seen = new Map(
      store
        .all<{ ref: string; sha: string }>('SELECT ref, sha FROM seen_refs WHERE project_id = ?', project.id)
        .map((row) => [row.ref, row.sha]),
    );
    const intended = new Set(
      store
        .all<{ ref: string; sha: string }>(
          'SELECT ref, new_sha AS sha FROM pushes WHERE project_id = ?',
          project.id,
        )
        .map((row) => `${row.ref} ${row.sha}`),
    );
    for (const [ref, sha] of await refValues(project)) {
      if (seen.get(ref) === sha || intended.has(`${ref} ${sha}`)) continue;
      log.warn({ project: project.path, ref }, 'a ref moved without a pipeline; starting it now');
      const oldSha = seen.get(ref) ?? noCommit;
      const { lastInsertRowid: id } = store.run(
        'INSERT INTO pushes (project_id, ref, old_sha, new_sha, user_id, skip, variables, created_at) VALUES (?, ?, ?, ?, ?, 0, ?, ?)',
        project.id,
        ref,
        oldSha,
        sha,
        project.ownerId,
        seal.seal('{}', variablesContext),
        clock.now(),
      );
      const push = store.get<PushRow>('SELECT * FROM pushes WHERE id = ?', id);
      if (push) await quietly(project, ref, async () => void (await handlePushed(push, project, 'en')));
    }
  }
}

/** `-o ci.variable=KEY=value`, as on GitLab; a malformed one is no variable. */
function pushVariables(options: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const option of options) {
    const match = /^ci\.variable=([A-Za-z_][A-Za-z0-9_]{0,254})=(.*)$/s.exec(option);
    if (match?.[1]) variables[match[1]] = match[2] ?? '';
  }
  return variables;
}
