import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askOwner } from '../../src/server/control-socket.ts';
import { run } from '../../src/shared/subprocess.ts';
import { openPlatform, type Platform, until } from '../support/platform.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const root = path.join(import.meta.dirname, '../..');
/** docs/errors.md is made from the catalogue, whose commands test/commands.test.ts looks at. */
const documents = readdirSync(path.join(root, 'docs'))
  .filter((name) => name.endsWith('.md') && name !== 'errors.md')
  .map((name) => `docs/${name}`);

/** How a shown command is run. */
type How =
  /** By a shell in the project's folder, as it stands or, where it has capital words to fill in, as these lines. */
  | {
      how: 'shell';
      as?: string;
      exit?: number;
      says?: RegExp;
      before?: () => Promise<unknown>;
      from?: () => string;
    }
  /** As a line of the sample's jobs, in the tour. */
  | { how: 'job'; line: string }
  /** Not by this test; by whom, or why by none. */
  | { how: 'elsewhere'; where: string };

let platform: Platform;
let bin = '';
beforeAll(async () => {
  platform = await openPlatform();
  const prefix = path.join(platform.dir, 'npm');
  const linked = await run(['npm', 'link', '--offline'], {
    cwd: root,
    env: { ...platform.env, npm_config_prefix: prefix },
    timeoutMs: 60_000,
  });
  expect([linked.code, linked.stderr]).toEqual([0, '']);
  bin = path.join(prefix, 'bin');
}, 180_000);
afterAll(async () => {
  await platform.close();
}, 180_000);

/** Shown command lines of a document, comments taken off. */
function shownLines(file: string): string[] {
  const blocks = readFileSync(path.join(root, file), 'utf8').matchAll(/^```sh\n(.*?)^```/gms);
  return [...blocks]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '');
}

/** Commands within a document's sentences. */
function shownInSentences(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8').replaceAll(/^```.*?^```/gms, '');
  const found = text.matchAll(/`((?:seto|npm|git|node|docker|systemctl|apt-get|sudo) [^`\n]+)`/g);
  return [...new Set([...found].map(([, command = '']) => command))];
}

const shell = (more: Omit<Extract<How, { how: 'shell' }>, 'how'> = {}): How => ({ how: 'shell', ...more });
const elsewhere = (where: string): How => ({ how: 'elsewhere', where });
const project = () => path.join(platform.dir, 'inspection');

async function pipelineEnds(): Promise<string> {
  const [newest] = await until('the newest pipeline ends', 240_000, async () => {
    const all = await platform.setoJson<{ status: string }[]>(['pipeline', 'ls'], { cwd: project() });
    return /success|failed|canceled/.test(all[0]?.status ?? '') ? all : null;
  });
  return newest?.status ?? '';
}

/** A command that is shown with a file of the clone, run where that file lies. */
const inClone = ({ says }: { says: RegExp }): How => ({ how: 'shell', says, from: () => root });
/** Shown with a scenario of the reader's; the sample's is taken. */
const inSamples = ({ says }: { says: RegExp }): How => ({
  ...{ how: 'shell', says, from: () => platform.dir },
  before: async () =>
    copyFileSync(
      path.join(root, 'samples/scenarios/inspection.yaml'),
      path.join(platform.dir, 'scenario.yaml'),
    ),
});

const tour: Record<string, How> = {
  'npm run demo': elsewhere('scripts/test.ts'),
  'npm test': elsewhere('runs this test'),
  'seto up --data ./seto-data': elsewhere('openPlatform'),
  'seto login http://127.0.0.1:7480/sign-in#seto_…': shell({ says: /Signed in/ }),
  'seto init inspection': shell({ says: /seto data push parts/ }),
  'cd inspection': elsewhere('the folder of all that follows'),
  'seto exec node generate.ts pictures': shell({ says: /400 pictures/ }),
  'seto data push parts pictures': shell({ says: /400 files/ }),
  'git push -u origin main': shell({ says: /Jobs: train, gate, build-image, deploy/ }),
  'seto pipeline ls': shell({ says: /#1/ }),
  'seto job logs -f train': shell({ says: /Job succeeded/ }),
  'seto status': shell({ says: /simulated/ }),
  'curl --data-binary @pictures/ok/part-1-0002-0.png http://127.0.0.1:7500/e/inspection/predict': shell({
    before: async () => expect(await pipelineEnds()).toBe('success'),
    says: /"predictionId":"[0-9a-f]{32}"/,
  }),
  'seto predict inspection pictures/defect/part-1-0000-0.png --reference SN-0001': shell({
    says: /defect/,
  }),
  'seto feedback inspection SN-0001 defect': shell({ says: /1 labels? noted|1 waits? for/ }),
  'seto endpoint show inspection': shell({ says: /live/ }),
  "sed -i 's|node train.ts data/ model/|& --epochs 1|' .gitlab-ci.yml": shell(),
  'git commit -am "Train too short"': shell({
    before: () =>
      inShell('git config --global user.name One && git config --global user.email one@localhost', project()),
  }),
  'git push': shell({ says: /Pipeline #[23]/ }),
  'seto job logs -f gate': shell({ exit: 1, says: /drop against inspection[\s\S]*Job failed: exit code 3/ }),
  'git revert --no-edit HEAD': shell(),
  'seto job logs -f deploy': shell({ says: /Job succeeded/ }),
  'seto endpoint rollback inspection': shell({ says: /Live: inspection answers with rel-/ }),
  'seto cost report --by job': shell({ says: /formula \(1\)[\s\S]*By job/ }),
  'seto cost budget': shell({ says: /100000/ }),
  'seto down --data ../seto-data': elsewhere('close of openPlatform'),
};

const ofDocuments: Record<string, How> = {
  'seto pool ls': shell({ says: /train/ }),
  'seto pool show train': shell({ says: /train/ }),
  'seto node ls': shell({ says: /onprem/ }),
  'seto cost report': shell({ says: /formula \(1\)/ }),
  'seto cost report --by person': shell({ says: /By person/ }),
  'seto cost report --by job --csv jobs.csv': shell({ says: /By job/ }),
  'seto cost budget': shell({ says: /100000/ }),
  'seto cost budget events': shell(),
  'seto cost budget events --month 2026-11 --json': shell({ says: /^\[/ }),
  'seto cost range scenario.yaml --x trainingHours=0..200 --svg range.svg': inSamples({ says: /hybrid-vm/ }),
  'seto cost range scenario.yaml --x dataGb=1..1000:log --y linkMbps=10..1000:log --png map.png': inSamples({
    says: /hybrid-vm/,
  }),
  'seto cost range scenario.yaml --sensitivity --json': inSamples({ says: /"turns"/ }),
  'seto cost estimate samples/scenarios/paper-2023.yaml': inClone({ says: /17501\.6/ }),
  'seto cost estimate samples/scenarios/inspection.yaml': inClone({ says: /5261\.1/ }),
  'seto cost estimate samples/scenarios/inspection.yaml --simulate --seed 1 --months 20': inClone({
    says: /5374\.6|5,?374/,
  }),
  'seto cost prices --match F4s': shell({ says: /Standard_F4s_v2/ }),
  'seto data push parts pictures': shell({ says: /sent 0/ }),
  'seto data ls': shell({ says: /parts/ }),
  'seto data show parts': shell({ says: /400/ }),
  'seto data pull parts all': shell({ says: /400 files/ }),
  'seto data pull parts test --split test': shell({ says: /64 files/ }),
};

/** A node of the jobs before would take one more within its lease, whatever the budget. */
const noNodeIsPaidFor = () =>
  until('the cloud nodes to end', 60_000, async () =>
    (await platform.setoJson<{ site: string; state: string }[]>(['node', 'ls'])).every(
      ({ site, state }) => site !== 'cloud' || state === 'ended',
    ),
  );

/** Commands named in sentences. Where the page has words to fill in, `as` is what is run. */
const inSentences: Record<string, How> = {
  'apt-get install bubblewrap': elsewhere('.ci/run'),
  'npm run demo': elsewhere('scripts/test.ts'),
  'npm run demo -- --images DIR': elsewhere('none: another demo in each run of the tests takes a minute'),
  'npm run demo -- --tight-budget': elsewhere('test/scenarios/money/tight-budget.test.ts'),
  'seto demo --tight-budget': elsewhere('test/scenarios/money/tight-budget.test.ts'),
  'seto pool pause --all': elsewhere('test/scenarios/money/spending.test.ts'),
  'seto pool pause --all --drain': shell({
    as: 'seto pool pause --all --drain && seto pool ls && seto pool resume --all',
    says: /paused/,
  }),
  'seto pool resume --all': elsewhere('the row above'),
  'seto pool pause train': shell({ as: 'seto pool pause train && seto pool resume train' }),
  'npm run -s seto -- ARGS': shell({
    as: `cd '${root}' && npm run -s seto -- --version`,
    says: /^\d+\.\d+\.\d+\n$/,
  }),
  'seto ARGS': shell({ as: 'seto --version', says: /^\d+\.\d+\.\d+\n$/ }),
  'npm link': elsewhere('the start of this test, whose `seto` it makes'),
  'sudo npm link': elsewhere('as `npm link`'),
  'git push': elsewhere('the tour'),
  'git config --global user.name NAME': elsewhere('the tour, before its first commit'),
  'seto up': elsewhere('openPlatform'),
  'seto down': elsewhere('close of openPlatform'),
  'seto node run': elsewhere('the pools, which start nodes by it'),
  'seto cost': shell({ as: 'seto cost --help', says: /report/ }),
  'seto job allow JOB --reason TEXT': shell({
    before: noNodeIsPaidFor,
    as: 'seto cost budget set 1 && seto pipeline run && seto job allow train --reason "a customer waits" && seto job cancel train',
    says: /train/,
  }),
  'seto cost budget set 30000': shell({ says: /of 30000 yen/ }),
  'seto job ls': shell({ says: /train/ }),
  'seto cost range FILE --x trainingHours=0..200': elsewhere('the documents'),
  'seto cost budget set YEN': shell({ as: 'seto cost budget set 100000', says: /100,?000/ }),
  'seto cost budget': shell({ says: /100000/ }),
  'seto cost report': shell({ says: /formula \(1\)/ }),
  'seto cost budget events': shell(),
  'seto cost range FILE --x dataGb=1..1000:log': elsewhere('the documents'),
  'seto pipeline run': elsewhere('the row on `seto job allow`'),
  'seto pipeline show': shell({ as: 'seto pipeline show 1', says: /train/ }),
  'seto job allow': elsewhere('the row with its arguments'),
  'seto status': shell({ says: /simulated/ }),
  'seto cost report --csv FILE': shell({
    as: 'seto cost report --csv bill.csv && cat bill.csv',
    says: /train,/,
  }),
  'seto cost report --by item|pool|project|job|person': elsewhere('src/ledger/bill.test.ts'),
  'seto cost report --month 2026-11': shell({ says: /2026-11/ }),
  'seto cost report --estimate FILE': elsewhere('src/cost/compare-items.test.ts'),
  'seto cost reconcile FILE': elsewhere('src/cli/cost/reconcile.test.ts'),
  'seto cost estimate FILE': elsewhere('src/cli/cost.test.ts'),
  'seto cost prices': shell({ says: /Standard_F4s_v2/ }),
  'seto cost prices --meters': shell({ says: /staticIpHour/ }),
  'seto cost prices --json > book.json': shell({
    as: 'seto cost prices --json > ../book.json && cat ../book.json',
    says: /"layers"/,
  }),
  'seto cost prices refresh': elsewhere('test/scenarios/prices.test.ts'),
  'seto data diff': shell({ as: 'seto data diff parts parts' }),
  'seto data rm': shell({
    as: 'seto data push gone line && seto data rm gone && ! seto data show gone',
    says: /gone/,
  }),
  'seto data gc': shell(),
  'seto deploy': { how: 'job', line: 'seto deploy inspection' },
  'seto deploy ENDPOINT': { how: 'job', line: 'seto deploy inspection' },
  'seto endpoint rollback ENDPOINT [--to RELEASE]': elsewhere('the tour'),
  'seto endpoint key create ENDPOINT NAME': shell({
    as: 'seto endpoint key create inspection camera',
    says: /seto_/,
  }),
  'seto endpoint set ENDPOINT --open yes': shell({ as: 'seto endpoint set inspection --open yes' }),
  'seto endpoint show': shell({ as: 'seto endpoint show inspection', says: /live/ }),
  'seto endpoint show ENDPOINT': shell({ as: 'seto endpoint show inspection', says: /live/ }),
  'seto feedback ENDPOINT PREDICTION|REFERENCE LABEL': elsewhere('the tour'),
  'seto image build model/ --push': { how: 'job', line: 'seto image build model/ --push' },
  'docker login HOST': elsewhere('none: there is no Docker here'),
  'seto image gc': shell(),
  'seto model gate model/ --data data/ --min-accuracy 0.9 --not-worse-than production': {
    how: 'job',
    line: 'seto model gate model/ --data data/ --min-accuracy 0.9 --not-worse-than production',
  },
  'seto model ls': shell({ says: /inspection/ }),
  'seto model show NAME@DIGEST': shell({
    as: "seto model show inspection@$(seto model ls --json | grep -om1 '[0-9a-f]\\{64\\}')",
    says: /snapshot of +data:parts/,
  }),
  'seto model show NAME': shell({ as: 'seto model show inspection', says: /inspection/ }),
  'seto doctor': shell({ says: /git/ }),
  'seto up --config FILE': elsewhere('openPlatform'),
  'seto up --sign-in --data /var/lib/seto': shell({
    as: 'seto up --sign-in --data ../data',
    says: /sign-in#seto_/,
  }),
  'systemctl enable --now seto seto-gateway': elsewhere('none: it takes a machine that systemd started'),
  'seto user add NAME': shell({ as: 'seto user add hanako', says: /sign-in#seto_/ }),
  'seto user token NAME': shell({ as: 'seto user token hanako', says: /seto_/ }),
  'seto user token NAME --days 90': shell({ as: 'seto user token hanako --days 90', says: /seto_/ }),
  'seto user token ls NAME': shell({ as: 'seto user token ls hanako' }),
  'seto user token rm NAME ID': elsewhere(
    'none: src/api/administration.test.ts takes one back through the API',
  ),
  'seto project member NAME ROLE': shell({ as: 'seto project member hanako labeller' }),
  "seto project protect 'release/*'": shell(),
  'seto project show': shell({ says: /inspection/ }),
  'seto project token': shell({ as: 'seto project token ls' }),
  'seto runner add NAME --tags TAG': shell({ as: 'seto runner add press --tags gpu', says: /glrt-/ }),
  'seto runner add NAME --tags docker': shell({ as: 'seto runner add shop --tags docker', says: /glrt-/ }),
  'seto runner ls': shell({ says: /onprem/ }),
  'seto runner rm ID': elsewhere('none'),
  'git lfs': elsewhere('none: git-lfs is not here'),
  'seto model show': shell({ as: 'seto model show inspection', says: /inspection/ }),
  'seto backup': elsewhere('the next row'),
  'seto backup FILE': shell({ as: 'seto backup ../backup.tar --data ../data' }),
  'seto restore FILE --data DIR': shell({ as: 'seto restore ../backup.tar --data ../restored' }),
  'npm test': elsewhere('runs this test'),
  'npm run check': elsewhere('scripts/test.ts'),
  'npm run format': elsewhere('none: it would change the tree; `npm run check` finds what it mends'),
  'npm run docs': elsewhere('none: it would change the tree; test/docs.test.ts finds what it mends'),
  'npm run bench': elsewhere('none: it takes four minutes of an idle machine'),
  'npm run': elsewhere('the other rows'),
  'seto pipeline run|ls|show|cancel|retry|lint': shell({
    as: 'seto pipeline ls && seto pipeline show 1 && seto pipeline lint',
    says: /train/,
  }),
  'seto job ls|show|logs|play|allow|cancel|retry': shell({
    as: 'seto job ls && seto job show train && seto job logs train',
    says: /train/,
  }),
  'seto variable set|ls|rm': shell({
    as: 'seto variable set COLOUR blue && seto variable ls && seto variable rm COLOUR',
    says: /COLOUR/,
  }),
  'seto serve --model model/ --listen 127.0.0.1:8080': shell({
    before: async () => writeTinyModel(path.join(platform.dir, 'tiny')),
    as: 'seto serve --model ../tiny --listen unix:../tiny.sock & until curl -sf --unix-socket ../tiny.sock http://localhost/v2/health/ready; do sleep 0.1; done; kill %1; wait %1',
  }),
};

/** As a person who is new to this machine: git knows no name but that of its configuration. */
async function inShell(command: string, cwd: string): Promise<{ code: number | null; output: string }> {
  const env = Object.entries(platform.env).filter(([name]) => !/^GIT_(AUTHOR|COMMITTER)_/.test(name));
  const { code, stdout, stderr } = await run(['bash', '-c', command], {
    cwd,
    timeoutMs: 240_000,
    env: { ...Object.fromEntries(env), PATH: `${bin}:${platform.env['PATH'] ?? ''}` },
  });
  return { code, output: `${stdout}${stderr}` };
}

async function runShown(shown: string, how: How | undefined, cwd: string): Promise<void> {
  if (how === undefined) throw new Error(`no row says how this is run: ${shown}`);
  if (how.how === 'elsewhere') return;
  if (how.how === 'job') {
    expect(readFileSync(path.join(project(), '.gitlab-ci.yml'), 'utf8')).toContain(how.line);
    return;
  }
  await how.before?.();
  const link = shown.startsWith('seto login')
    ? await askOwner<{ url: string }>(platform.dataDir, 'POST', '/sign-in')
    : null;
  const command = (link === null ? (how.as ?? shown) : `seto login '${link.url}'`).replace(
    'http://127.0.0.1:7500',
    platform.gatewayUrl,
  );
  const { code, output } = await inShell(command, how.from?.() ?? cwd);
  expect({ shown, exit: code, output }).toMatchObject({ shown, exit: how.exit ?? 0 });
  if (how.says) expect(output, shown).toMatch(how.says);
}

it('shows the same commands in both languages', () => {
  expect(shownLines('README.ja.md')).toEqual(shownLines('README.md'));
  const words = { 引数: 'ARGS', 名前: 'NAME', ファイル: 'FILE', ジョブ: 'JOB', 理由: 'TEXT' };
  const placed = shownInSentences('README.ja.md').map((each) =>
    Object.entries(words).reduce((text, [japanese, english]) => text.replace(japanese, english), each),
  );
  expect(placed.sort()).toEqual(shownInSentences('README.md').sort());
});

it('knows how each shown command is run', () => {
  const unknown = (commands: readonly string[], table: object) =>
    commands.filter((command) => !Object.hasOwn(table, command));
  expect([
    ...unknown(shownLines('README.md'), tour),
    ...unknown(documents.flatMap(shownLines), ofDocuments),
    ...unknown(['README.md', ...documents].flatMap(shownInSentences), inSentences),
  ]).toEqual([]);
});

it('has every shown command do what the page says', { timeout: 900_000 }, async () => {
  let cwd = platform.dir;
  for (const line of shownLines('README.md')) {
    await runShown(line, tour[line], cwd);
    if (line === 'cd inspection') cwd = project();
  }
  for (const line of documents.flatMap(shownLines)) await runShown(line, ofDocuments[line], cwd);
  const named = new Set(['README.md', ...documents].flatMap(shownInSentences));
  for (const command of named) await runShown(command, inSentences[command], cwd);
});
