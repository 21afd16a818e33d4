import { describe, expect, it } from 'vitest';
import { renderDiagnostic } from './diagnostics.ts';
import { lintPipeline } from './lint.ts';
import { parseCi } from './parse.ts';
import { planPipeline } from './plan.ts';
import { textReader } from './text-reader.ts';
import type { PlanContext, PlannedJob } from './types.ts';

const MAIN: PlanContext = {
  predefined: {
    CI_COMMIT_BRANCH: 'main',
    CI_DEFAULT_BRANCH: 'main',
    CI_PIPELINE_SOURCE: 'push',
    CI_PROJECT_PATH: 'g/p',
  },
  variables: {},
  ref: 'main',
  refType: 'branch',
  source: 'push',
  protectedRef: true,
  changedFiles: () => ['src/a.ts', 'docs/x.md'],
  listFiles: () => ['Dockerfile', 'src/a.ts'],
};
const TAG: PlanContext = { ...MAIN, ref: 'v1.2', refType: 'tag', predefined: { CI_COMMIT_TAG: 'v1.2' } };

function plan(source: string, context: PlanContext = MAIN) {
  const parsed = parseCi(textReader({ 'ci.yml': source }), 'ci.yml', context);
  if (parsed.config === null)
    throw new Error(parsed.diagnostics.map((d) => renderDiagnostic(d, 'en')).join('\n'));
  return planPipeline(parsed.config, context);
}

function jobs(source: string, context: PlanContext = MAIN): readonly PlannedJob[] {
  const { plan: made, noPipeline, diagnostics } = plan(source, context);
  if (made !== null) return made.jobs;
  if (noPipeline === undefined) throw new Error(diagnostics.map((d) => renderDiagnostic(d, 'en')).join('\n'));
  return [];
}

function names(source: string, context: PlanContext = MAIN): string[] {
  return jobs(source, context).map((job) => job.name);
}

function only(source: string, context: PlanContext = MAIN): PlannedJob {
  const [first] = jobs(source, context);
  if (first === undefined) throw new Error('no job');
  return first;
}

/** Does a job with these keys take part? */
function runs(keys: string, context: PlanContext = MAIN): boolean {
  return names(`a: {script: [s], ${keys}}\nz: {script: [s]}\n`, context).includes('a');
}

describe('rules', () => {
  it.each([
    ['rules: []', false],
    ['rules: [{if: $CI_COMMIT_BRANCH}]', true],
    ['rules: [{if: $CI_COMMIT_TAG}]', false],
    ['rules: [{if: $CI_COMMIT_TAG}, {when: always}]', true],
    ['rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH, when: never}, {when: always}]', false],
    ["rules: [{changes: ['src/**/*']}]", true],
    ["rules: [{changes: ['lib/**/*']}]", false],
    ["rules: [{changes: {paths: ['docs/*.md']}}]", true],
    ["variables: {D: docs}, rules: [{changes: ['$D/*']}]", true],
    ["variables: {D: $E, E: docs}, rules: [{changes: ['$D/*']}]", true],
    ['rules: [{exists: [Dockerfile]}]', true],
    ["rules: [{exists: ['**/*.ts']}]", true],
    ["rules: [{exists: {paths: ['*.rb']}}]", false],
    ["rules: [{if: $CI_COMMIT_BRANCH, changes: ['lib/*']}]", false],
    ['variables: {A: x}, rules: [{if: $A == "x"}]', true],
    ['variables: {A: $B, B: x}, rules: [{if: $A == "x"}]', false],
  ])('%s: %s', (keys, expected) => {
    expect(runs(keys)).toBe(expected);
  });

  it('take every file as changed where nothing can be compared', () => {
    const keys = "rules: [{changes: ['lib/**/*']}]";
    expect(runs(keys, { ...MAIN, changedFiles: () => 'all' })).toBe(true);
    expect(runs(keys, { ...MAIN, source: 'schedule' })).toBe(true);
    expect(runs(keys, TAG)).toBe(true);
    const compared: PlanContext = { ...MAIN, changedFiles: (to) => (to === 'refs/heads/x' ? ['lib/b'] : []) };
    expect(runs("rules: [{changes: {paths: ['lib/*'], compare_to: refs/heads/x}}]", compared)).toBe(true);
  });

  it('set when, allow_failure, variables, needs and interruptible', () => {
    const source = (rule: string, own = '') =>
      `b: {script: [s]}\na: {script: [s], ${own} rules: [{${rule}}]}\n`;
    const a = (rule: string, own = '') => jobs(source(rule, own)).find((job) => job.name === 'a');
    expect(a('when: manual')).toMatchObject({ when: 'manual', allowFailure: false });
    expect(a('when: manual, allow_failure: true')).toMatchObject({ when: 'manual', allowFailure: true });
    expect(a('if: $CI_COMMIT_BRANCH', 'when: manual,')).toMatchObject({ when: 'manual', allowFailure: true });
    expect(a('when: on_success', 'allow_failure: true,')).toMatchObject({
      when: 'on_success',
      allowFailure: true,
    });
    expect(a('when: delayed, start_in: 5 minutes')).toMatchObject({ when: 'delayed', startInMs: 300_000 });
    expect(a('variables: {V: rule}', 'variables: {V: own, W: own},')?.variables).toEqual([
      { key: 'V', value: 'rule', raw: false },
      { key: 'W', value: 'own', raw: false },
    ]);
    expect(a('needs: [b]')?.needs).toEqual([{ job: 'b', optional: false, artifacts: true }]);
    expect(a('interruptible: true')?.interruptible).toBe(true);
  });

  it('are not asked for what a manual job is by itself', () => {
    expect(only('a: {script: [s], when: manual}\n')).toMatchObject({ when: 'manual', allowFailure: true });
    expect(only('a: {script: [s], when: manual, allow_failure: false}\n').allowFailure).toBe(false);
  });
});

describe('only and except', () => {
  it.each([
    ['', true, true],
    ['only: [main]', true, false],
    ['only: main', true, false],
    ['only: [branches]', true, false],
    ['only: [tags]', false, true],
    ['only: [/^v\\d/]', false, true],
    ['only: [/^V\\d/i]', false, true],
    ['only: [/^v\\d/, main]', true, true],
    ['only: [pushes]', true, true],
    ['only: [schedules]', false, false],
    ['only: [merge_requests]', false, false],
    ['only: [main@g/p]', true, false],
    ['only: [main@other/p]', false, false],
    ['only: {refs: [branches], variables: [$CI_COMMIT_BRANCH == "main"]}', true, false],
    ['only: {refs: [branches], variables: [$NOTHING]}', false, false],
    ['only: {variables: [$NOTHING, $CI_PIPELINE_SOURCE]}', true, false],
    ["only: {changes: ['src/*']}", true, true],
    ["only: {changes: ['lib/*']}", false, true],
    ["only: {refs: [main], changes: ['lib/*']}", false, false],
    ['except: [main]', false, true],
    ['except: [tags]', true, false],
    ['except: [pushes]', false, false],
    ['only: [branches], except: [main]', false, false],
    ["except: {refs: [tags], changes: ['docs/*']}", false, false],
    ['except: {variables: [$NOTHING]}', true, true],
  ])('%s: branch %s, tag %s', (keys, branch, tag) => {
    expect([runs(keys), runs(keys, TAG)]).toEqual([branch, tag]);
  });
});

describe('workflow', () => {
  const job = 'a: {script: [s]}\n';
  it('decides whether there is a pipeline at all', () => {
    expect(plan(`workflow: {rules: [{if: $CI_COMMIT_TAG}]}\n${job}`).noPipeline).toBe(
      'pipelines.none_workflow',
    );
    expect(plan(`workflow: {rules: [{if: $CI_COMMIT_BRANCH, when: never}]}\n${job}`).noPipeline).toBe(
      'pipelines.none_workflow',
    );
    expect(names(`workflow: {rules: [{if: $CI_COMMIT_BRANCH}]}\n${job}`)).toEqual(['a']);
    expect(plan('a: {script: [s], rules: [{when: never}]}\n').noPipeline).toBe('pipelines.none_jobs');
    expect(plan('a: {script: [s], stage: .pre}\n').noPipeline).toBe('pipelines.none_edge');
  });

  it('gives name, variables and cancelling', () => {
    const { plan: made } = plan(`
workflow:
  name: Run of $WHO on $CI_COMMIT_BRANCH
  auto_cancel: {on_new_commit: interruptible}
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
      variables: {WHO: rule}
      auto_cancel: {on_job_failure: all}
variables: {WHO: file, OTHER: x}
a: {script: [s], rules: [{if: $WHO == "rule"}]}
`);
    expect(made).toMatchObject({
      name: 'Run of rule on main',
      autoCancel: { onNewCommit: 'interruptible', onJobFailure: 'all' },
      stages: ['test'],
    });
    expect(made?.jobs[0]?.variables.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'WHO=rule',
      'OTHER=x',
    ]);
  });
});

describe('variables', () => {
  it('win in this order: run and project, rule, matrix, job, top level, predefined', () => {
    const source = `
variables: {A: top, B: top, C: top, CI_DEFAULT_BRANCH: top}
a:
  variables: {B: job, C: job, D: job}
  script: [s]
  tags: [$A-$B-$C-$D-$CI_DEFAULT_BRANCH-$CI_COMMIT_BRANCH]
  rules: [{if: $CI_COMMIT_BRANCH, variables: {C: rule}}]
`;
    expect(only(source, { ...MAIN, variables: { D: 'project' } }).tags).toEqual([
      'top-job-rule-project-top-main',
    ]);
  });

  it('of the top level are inherited only as far as the job says', () => {
    const source = (inherit: string) =>
      `variables: {A: 1, B: 2}\na: {script: [s], inherit: {variables: ${inherit}}}\n`;
    const keys = (inherit: string) => only(source(inherit)).variables.map(({ key }) => key);
    expect([keys('true'), keys('false'), keys('[B]')]).toEqual([['A', 'B'], [], ['B']]);
  });

  it('are filled in where the runner cannot do it, and left to it elsewhere', () => {
    const job = only(`
a:
  variables: {ENV: staging, TAG: "3"}
  script: [s]
  image: registry/$ENV:$TAG-$CI_JOB_ID
  tags: [$ENV, $NOTHING]
  resource_group: group/$ENV
  environment: {name: $ENV/$CI_COMMIT_BRANCH, url: "https://$CI_ENVIRONMENT_SLUG.example"}
  cache: {key: $CI_JOB_NAME-$CI_RUNNER_ID, paths: [x], policy: $POLICY}
`);
    expect(job).toMatchObject({
      image: { name: 'registry/staging:3-$CI_JOB_ID' },
      tags: ['staging'],
      resourceGroup: 'group/staging',
      environment: { name: 'staging/main', url: 'https://$CI_ENVIRONMENT_SLUG.example' },
      cache: [{ key: 'a-$CI_RUNNER_ID', policy: 'pull-push' }],
    });
  });
});

describe('parallel and needs', () => {
  it('spread a job by number and by matrix, named as on GitLab', () => {
    expect(names('a: {script: [s], parallel: 3}\n')).toEqual(['a 1/3', 'a 2/3', 'a 3/3']);
    const made = jobs(
      'a: {script: [s], parallel: {matrix: [{X: [1, two], Y: z}, {X: 3}]}, tags: [$X-$CI_NODE_INDEX]}\n',
    );
    expect(made.map(({ name }) => name)).toEqual(['a: [1, z]', 'a: [two, z]', 'a: [3]']);
    expect(made.map(({ tags }) => tags[0])).toEqual(['1-1', 'two-2', '3-3']);
    expect(made[1]).toMatchObject({
      parallel: { index: 2, total: 3 },
      variables: [
        { key: 'X', value: 'two' },
        { key: 'Y', value: 'z' },
      ],
    });
  });

  it('reach all of a family, one of it, or the combinations named', () => {
    const family = 'a: {script: [s], stage: build, parallel: {matrix: [{X: [1, 2], Y: [p, q]}]}}\n';
    const needed = (needs: string) =>
      jobs(`${family}b: {script: [s], needs: [${needs}]}\n`)
        .find((job) => job.name === 'b')
        ?.needs?.map((need) => need.job);
    expect(needed('a')).toHaveLength(4);
    expect(needed('{job: a, parallel: {matrix: [{X: 1, Y: [p, q]}]}}')).toEqual(['a: [1, p]', 'a: [1, q]']);
    expect(needed('"a: [2, p]"')).toEqual(['a: [2, p]']);
    expect(needed('')).toEqual([]);
  });

  it('name a needed job that conditions keep out, unless it is optional', () => {
    const source = (need: string) =>
      `a: {script: [s], rules: [{when: never}]}\nb:\n  script: [s]\n  needs: [${need}]\n`;
    const { plan: made, diagnostics } = plan(source('a'));
    expect(made).toBeNull();
    expect(diagnostics).toMatchObject([
      { code: 'pipelines.need_absent', line: 4, column: 11, values: { job: 'b', need: 'a' } },
    ]);
    expect(only(source('{job: a, optional: true}')).needs).toEqual([]);
  });

  it('find circles that only rules make', () => {
    const source = 'a: {script: [s], rules: [{needs: [b]}]}\nb: {script: [s], needs: [a]}\n';
    expect(plan(source).diagnostics.map((d) => d.code)).toEqual(['pipelines.needs_cycle']);
  });

  it('give dependencies by exact name', () => {
    const source = 'a: {script: [s], stage: build, parallel: 2}\nb: {script: [s], dependencies: [a]}\n';
    expect(jobs(source)[2]?.dependencies).toEqual(['a 1/2', 'a 2/2']);
  });
});

describe('lint', () => {
  const lint = (source: string, ref = 'main', tag = false) =>
    lintPipeline(textReader({ f: source }), 'f', { ref, tag, source: 'push', lang: 'en' });
  it('has a stable form', () => {
    expect(lint('a: {script: [s], tags: [cloud], timeout: 30m}\n')).toEqual({
      valid: true,
      noPipeline: null,
      diagnostics: [],
      stages: ['test'],
      jobs: [
        {
          name: 'a',
          stage: 'test',
          when: 'on_success',
          allowFailure: false,
          needs: null,
          tags: ['cloud'],
          image: null,
          environment: null,
          resourceGroup: null,
          timeoutMs: 1_800_000,
          variables: {},
          beforeScript: [],
          script: ['s'],
          afterScript: [],
        },
      ],
    });
  });

  it('tells invalid from no pipeline', () => {
    expect(lint('a: {script: [s], when: x}\n')).toMatchObject({
      valid: false,
      noPipeline: null,
      diagnostics: [{ code: 'pipelines.not_one_of', line: 1, column: 24, message: 'a:when cannot be x.' }],
    });
    expect(lint('a: {script: [s], only: [tags]}\n')).toMatchObject({
      valid: true,
      noPipeline: { code: 'pipelines.none_jobs' },
      jobs: [],
    });
    expect(lint('a: {script: [s], only: [tags]}\n', 'v1', true).jobs).toHaveLength(1);
  });
});
