import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askOwner } from '../../src/server/control-socket.ts';
import { run } from '../../src/shared/subprocess.ts';
import { openPlatform, type Platform, until } from '../support/platform.ts';

const root = path.join(import.meta.dirname, '../..');
const documents = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));

/** How a shown line is run where it is not simply given to a shell in the project's folder. */
type How =
  | { how: 'shell'; exit?: number; says?: RegExp; before?: () => Promise<unknown> }
  /** Done by the test itself: npm's own commands, the start, the end, the change of folder. */
  | { how: 'here' };

let platform: Platform;
let bin = '';
beforeAll(async () => {
  platform = await openPlatform();
  bin = path.join(platform.dir, 'bin');
  mkdirSync(bin);
  const seto = path.join(bin, 'seto');
  writeFileSync(seto, `#!/bin/sh\nexec '${process.execPath}' '${path.join(root, 'src/main.ts')}' "$@"\n`);
  chmodSync(seto, 0o755);
}, 60_000);
afterAll(async () => {
  await platform.close();
}, 60_000);

/** Shown command lines of a document, comments taken off. */
function shownLines(file: string): string[] {
  const blocks = readFileSync(path.join(root, file), 'utf8').matchAll(/^```sh\n(.*?)^```/gms);
  return [...blocks]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '');
}

const shell = (more: { exit?: number; says?: RegExp; before?: () => Promise<unknown> } = {}): How => ({
  how: 'shell',
  ...more,
});
const here: How = { how: 'here' };
const project = () => path.join(platform.dir, 'inspection');

async function pipelineEnds(): Promise<string> {
  const [newest] = await until('the newest pipeline ends', 90_000, async () => {
    const all = await platform.setoJson<{ status: string }[]>(['pipeline', 'ls'], { cwd: project() });
    return /success|failed|canceled/.test(all[0]?.status ?? '') ? all : null;
  });
  return newest?.status ?? '';
}

const tour: Record<string, How> = {
  'npm run demo': here, // scripts/test.ts
  'npm test': here, // runs this
  'seto up --data ./seto-data': here,
  'seto login http://127.0.0.1:7480/sign-in#seto_…': shell({ says: /Signed in/ }),
  'seto init inspection': shell({ says: /seto data push parts/ }),
  'cd inspection': here,
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
  'git commit -am "Train too short"': shell(),
  'git push': shell({ says: /Pipeline #2/ }),
  'seto job logs -f gate': shell({ exit: 1, says: /drop against inspection[\s\S]*Job failed: exit code 3/ }),
  // The tour has one release so far, so there is none to go back to, as the page says.
  'seto endpoint rollback inspection': shell({ exit: 1, says: /seto/ }),
  'seto cost report': shell({ says: /formula \(1\)/ }),
  'seto down --data ../seto-data': here,
};

const ofDocuments: Record<string, How> = {
  'seto pool ls': shell({ says: /train/ }),
  'seto pool show train': shell({ says: /train/ }),
  'seto node ls': shell({ says: /onprem/ }),
  'seto cost report': shell({ says: /formula \(1\)/ }),
  'seto cost budget': shell({ says: /100000/ }),
  'seto cost prices --match F4s': shell({ says: /Standard_F4s_v2/ }),
  'seto data push parts pictures': shell({ says: /sent 0/ }),
  'seto data ls': shell({ says: /parts/ }),
  'seto data show parts': shell({ says: /400/ }),
  'seto data pull parts all': shell({ says: /400 files/ }),
  'seto data pull parts test --split test': shell({ says: /64 files/ }),
};

async function runShown(line: string, table: Readonly<Record<string, How>>, cwd: string): Promise<void> {
  const how = table[line];
  if (how === undefined) throw new Error(`no test runs this shown line: ${line}`);
  if (how.how === 'here') return;
  await how.before?.();
  const link = line.startsWith('seto login')
    ? await askOwner<{ url: string }>(platform.dataDir, 'POST', '/sign-in')
    : null;
  const command = (link === null ? line : `seto login '${link.url}'`).replace(
    'http://127.0.0.1:7500',
    platform.gatewayUrl,
  );
  const git = { NAME: 'one', EMAIL: 'one@example.com' };
  const result = await run(['bash', '-c', command], {
    cwd,
    timeoutMs: 90_000,
    env: {
      ...platform.env,
      PATH: `${bin}:${platform.env['PATH'] ?? process.env['PATH'] ?? ''}`,
      GIT_AUTHOR_NAME: git.NAME,
      GIT_AUTHOR_EMAIL: git.EMAIL,
      GIT_COMMITTER_NAME: git.NAME,
      GIT_COMMITTER_EMAIL: git.EMAIL,
    },
  });
  const output = `${result.stdout.toString()}${result.stderr}`;
  expect({ line, exit: result.code, output }).toMatchObject({ line, exit: how.exit ?? 0 });
  if (how.says) expect(output, line).toMatch(how.says);
}

it('shows the same commands in both languages', () => {
  expect(shownLines('README.ja.md')).toEqual(shownLines('README.md'));
});

it('has every shown command do what the page says', { timeout: 240_000 }, async () => {
  const lines = shownLines('README.md');
  let cwd = platform.dir;
  for (const line of lines) {
    await runShown(line, tour, cwd);
    if (line === 'cd inspection') cwd = project();
  }
  for (const name of documents)
    for (const line of shownLines(`docs/${name}`)) await runShown(line, ofDocuments, cwd);
});
