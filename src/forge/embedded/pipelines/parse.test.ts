import { describe, expect, it } from 'vitest';
import { config, findings, job } from './parse-cases.ts';

describe('defaults', () => {
  it('come from default:, the old top-level keys, and can be kept away', () => {
    const source = `
default: {image: d, tags: [x], timeout: 1h}
before_script: [top]
a: {script: [s]}
b: {script: [s], image: own, before_script: [], tags: [y]}
c: {script: [s], inherit: {default: [tags]}}
d: {script: [s], inherit: {default: false}}
e: {script: [s], image: null}
`;
    const read = (name: string) => {
      const { image, tags, beforeScript, timeoutMs } = job(source, name);
      return [image?.name ?? null, tags, beforeScript, timeoutMs];
    };
    expect(read('a')).toEqual(['d', ['x'], ['top'], 3_600_000]);
    expect(read('b')).toEqual(['own', ['y'], [], 3_600_000]);
    expect(read('c')).toEqual([null, ['x'], [], null]);
    expect(read('d')).toEqual([null, [], [], null]);
    expect(read('e')[0]).toBe('d');
  });

  it('may not be given twice', () => {
    expect(findings('image: x\ndefault: {image: y}\na: {script: [s]}\n')).toEqual(['default_twice@1:1']);
  });
});

describe('extends', () => {
  it('merges maps deeply and replaces lists, later parents and the job itself last', () => {
    const { variables, script, tags } = job(`
.x: {variables: {A: x, B: x}, script: [x], tags: [x]}
.y: {variables: {B: y, C: y}, tags: [y, y2]}
a: {extends: [.x, .y], variables: {C: own}}
`);
    expect(variables.map(({ key, value }) => `${key}=${value}`)).toEqual(['A=x', 'B=y', 'C=own']);
    expect([script, tags]).toEqual([['x'], ['y', 'y2']]);
  });

  it('goes eleven levels deep', () => {
    const chain = (levels: number) =>
      `.l0: {script: [s]}\n${Array.from({ length: levels - 1 }, (_, i) => `.l${i + 1}: {extends: .l${i}}\n`).join('')}a: {extends: .l${levels - 1}}\n`;
    expect(findings(chain(11))).toEqual([]);
    expect(findings(chain(12))[0]).toMatch(/^extends_deep/);
  });

  it('names cycles and what is missing', () => {
    expect(findings('.x: {extends: .y}\n.y: {extends: .x}\na: {extends: .x, script: [s]}\n')).toEqual([
      'extends_cycle@2:15',
    ]);
    expect(findings('a:\n  extends: .nothing\n  script: [s]\n')).toEqual(['extends_unknown@2:12']);
  });
});

describe('!reference', () => {
  it('takes lines, rules and whole parts, also by way of others', () => {
    const found = job(`
.lines: {script: [one, two]}
.more: {script: [zero, !reference [.lines, script]]}
.rules: {rules: [{if: $A}, {if: $B}]}
.vars: {variables: {X: 1}}
a:
  script: [!reference [.more, script], last]
  rules: [!reference [.rules, rules], {when: never}]
  variables: !reference [.vars, variables]
`);
    expect(found.script).toEqual(['zero', 'one', 'two', 'last']);
    expect(found.rules).toHaveLength(3);
    expect(found.variables).toEqual([{ key: 'X', value: '1', raw: false }]);
  });

  it('names what leads nowhere, in circles, or too deep', () => {
    expect(findings('a: {script: [!reference [.x, script]]}\n')[0]).toBe('reference_unknown@1:25');
    expect(findings('.x: {script: [!reference [.x, script]]}\na: {script: [s]}\n')[0]).toMatch(
      /^reference_cycle@1:/,
    );
    const deep = Array.from(
      { length: 12 },
      (_, i) => `.r${i}: {script: [!reference [.r${i + 1}, script]]}\n`,
    ).join('');
    const found = findings(`${deep}.r12: {script: [s]}\na: {script: [!reference [.r0, script]]}\n`);
    expect(found.some((each) => each.startsWith('reference_deep'))).toBe(true);
  });

  it('cannot be used to fill the memory', () => {
    const bomb = Array.from(
      { length: 10 },
      (_, i) => `.r${i + 1}: {script: [${Array(30).fill(`!reference [.r${i}, script]`)}]}\n`,
    );
    const source = `.r0: {script: [x]}\n${bomb.join('')}a: {script: [!reference [.r9, script]]}\n`;
    expect(findings(source)[0]).toMatch(/^(?:too_many_nodes|reference_deep)/);
  });
});

describe('include', () => {
  it('takes local files, lists and patterns; the including file wins, and places stay', () => {
    const more = {
      'ci/a.yml': 'variables: {A: a, B: a}\na: {script: [a], tags: 5}\n',
      'ci/b.yaml': 'variables: {B: b}\nb: {script: [b]}\n',
      'ci/deep/c.yml': 'include: ci/deep/d.yml\nc: {script: [c]}\n',
      'ci/deep/d.yml': 'd: {script: [d]}\n',
      'ci/readme.md': 'no',
    };
    expect(findings("include: ['/ci/*.yml', {local: 'ci/**/*.yaml'}]\nx: {script: [x]}\n", more)).toEqual([
      'not_strings@ci/a.yml:2:24',
    ]);
    const read = config(
      'include: [{local: ci/b.yaml}, {local: [ci/deep/c.yml]}]\nvariables: {B: own}\nb: {tags: [t]}\n',
      more,
    );
    expect(read.jobs.map(({ name }) => name)).toEqual(['b', 'd', 'c']);
    expect(read.jobs[0]?.script).toEqual(['b']);
    expect(read.jobs[0]?.tags).toEqual(['t']);
    expect(read.variables).toEqual([{ key: 'B', value: 'own', raw: false }]);
  });

  it.each([
    ['ci/*.yml', ['odd', 'a']],
    ['ci/**.yml', ['odd', 'a', 'b', 'c']],
    ['ci/**/*.yml', ['odd', 'a', 'b', 'c']],
    ['ci/*/*.yml', ['b']],
    ['**/c.yml', ['c']],
    ['ci/[ab]*.yml', ['odd']],
  ])('finds what GitLab finds for %s', (pattern, jobs) => {
    const more = {
      'ci/a.yml': 'a: {script: [a]}\n',
      'ci/sub/b.yml': 'b: {script: [b]}\n',
      'ci/sub/deep/c.yml': 'c: {script: [c]}\n',
      'ci/[ab]x.yml': 'odd: {script: [x]}\n',
    };
    const read = config(`include: '${pattern}'\nz: {script: [z]}\n`, more);
    expect(read.jobs.map(({ name }) => name).filter((name) => name !== 'z')).toEqual(jobs);
  });

  it('obeys rules and variables', () => {
    const more = { 'x.yml': 'x: {script: [x]}\n' };
    const names = (include: string, variables: Record<string, string>) =>
      config(`include: ${include}\na: {script: [a]}\n`, more, variables).jobs.map(({ name }) => name);
    expect(names('[{local: x.yml, rules: [{if: $GO}]}]', {})).toEqual(['a']);
    expect(names('[{local: x.yml, rules: [{if: $GO}]}]', { GO: '1' })).toEqual(['x', 'a']);
    expect(names('[{local: x.yml, rules: [{if: $GO, when: never}, {when: always}]}]', { GO: '1' })).toEqual([
      'a',
    ]);
    expect(names('[{local: x.yml, rules: [{exists: [x.*]}]}]', {})).toEqual(['x', 'a']);
    expect(names('[{local: x.yml, rules: [{exists: [y.*]}]}]', {})).toEqual(['a']);
    expect(names('[{local: $NAME.yml}]', { NAME: 'x' })).toEqual(['x', 'a']);
  });

  it.each([
    ['a missing file', 'include: nothing.yml', 'include_missing@1:10'],
    ['a pattern without matches', "include: 'x/*.yml'", 'include_missing@1:10'],
    ['another extension', 'include: a.txt', 'include_not_yaml@1:10'],
    ['itself', 'include: .gitlab-ci.yml', 'include_cycle@1:10'],
    ['a URL', "include: 'https://example.org/x.yml'", 'include_refused@1:10'],
    ['remote', "include: [{remote: 'https://example.org/x.yml'}]", 'include_refused@1:12'],
    ['project', 'include: [{project: g/p, file: x.yml}]', 'include_refused@1:12'],
    ['component', 'include: [{component: x/y@1}]', 'include_refused@1:12'],
    ['inputs', 'include: [{local: x.yml, inputs: {a: 1}}]', 'inputs@1:26'],
    ['an unknown form', 'include: [{local: x.yml, when: always}]', 'unknown_key@1:26'],
    ['a number', 'include: [5]', 'include_form@1:11'],
  ])('refuses %s', (_, include, finding) => {
    expect(findings(`${include}\na: {script: [a]}\n`, { 'x.yml': 'x: {script: [x]}\n' })).toEqual([finding]);
  });

  it('skips templates, and the jobs they would have filled', () => {
    const source =
      'include: [{template: Auto-DevOps.gitlab-ci.yml}]\na: {script: [a]}\nb: {variables: {X: 1}}\n';
    expect(findings(source)).toEqual(['include_template@1:12', 'no_script_template@3:1']);
    expect(config(source).jobs.map(({ name }) => name)).toEqual(['a']);
  });
});

describe('parts of a job', () => {
  it('reads all of them', () => {
    const read = job(`
stages: [s]
a:
  stage: s
  script: echo
  image: {name: i, entrypoint: [""], pull_policy: if-not-present}
  services: [db, {name: q, alias: r, command: [c], variables: {V: 1}}]
  artifacts:
    paths: [out/]
    exclude: [out/x]
    name: n
    when: always
    expire_in: never
    reports: {junit: [a.xml, b.xml], dotenv: e.env, coverage_report: {coverage_format: cobertura, path: c.xml}}
  cache: [{key: {files: [l], prefix: p}, paths: [c/], policy: pull}, {key: k, paths: [d], when: always}]
  retry: {max: 2, when: runner_system_failure, exit_codes: [137, 1]}
  allow_failure: {exit_codes: 3}
  environment: {name: e, url: u, on_stop: a, auto_stop_in: 1 day, deployment_tier: staging}
  id_tokens: {T: {aud: seto}, U: {aud: [x, y]}}
  hooks: {pre_get_sources_script: [h]}
  interruptible: true
  coverage: '/x (\\d+)/'
  timeout: 90
`);
    expect(read).toMatchObject({
      script: ['echo'],
      image: { name: 'i', entrypoint: [''], pullPolicy: ['if-not-present'] },
      services: [
        { name: 'db' },
        { name: 'q', alias: 'r', command: ['c'], variables: [{ key: 'V', value: '1' }] },
      ],
      artifacts: {
        paths: ['out/'],
        exclude: ['out/x'],
        when: 'always',
        expireInMs: null,
        expireIn: 'never',
        reports: [
          { type: 'coverage_report', paths: ['c.xml'], format: 'cobertura' },
          { type: 'dotenv', paths: ['e.env'] },
          { type: 'junit', paths: ['a.xml', 'b.xml'] },
        ],
      },
      cache: [
        { key: 'p', keyFiles: ['l'], policy: 'pull' },
        { key: 'k', when: 'always', policy: 'pull-push' },
      ],
      retry: { max: 2, when: ['runner_system_failure'], exitCodes: [137, 1] },
      allowFailure: { exitCodes: [3] },
      environment: { name: 'e', url: 'u', onStop: 'a', autoStopInMs: 86_400_000, deploymentTier: 'staging' },
      idTokens: [
        { name: 'T', aud: ['seto'] },
        { name: 'U', aud: ['x', 'y'] },
      ],
      hooks: { preGetSourcesScript: ['h'] },
      interruptible: true,
      coverage: 'x (\\d+)',
      timeoutMs: 90_000,
    });
  });

  it('keeps the folder of pages', () => {
    expect(job('pages: {script: [s]}\n', 'pages').artifacts?.paths).toEqual(['public']);
    expect(job('pages: {script: [s], artifacts: {paths: [public/]}}\n', 'pages').artifacts?.paths).toEqual([
      'public/',
    ]);
    expect(job('a: {script: [s], pages: {publish: site}}\n').artifacts?.paths).toEqual(['site']);
    expect(job('pages: {script: [s], pages: false}\n', 'pages').pages).toBe(false);
  });

  it('takes null, numbers and booleans as values of variables', () => {
    const { variables } = job(
      'a: {script: [s], variables: {A: null, B: 1, C: yes, D: 1.50, E: {value: x, expand: false}}}\n',
    );
    expect(variables.map(({ value, raw }) => [value, raw])).toEqual([
      ['', false],
      ['1', false],
      ['true', false],
      ['1.5', false],
      ['x', true],
    ]);
  });

  it('knows the stages', () => {
    expect(config('a: {script: [s]}\n').stages).toEqual(['.pre', 'build', 'test', 'deploy', '.post']);
    expect(config('stages: [x, .post, y, x]\na: {script: [s], stage: y}\n').stages).toEqual([
      '.pre',
      'x',
      'y',
      '.post',
    ]);
  });
});
