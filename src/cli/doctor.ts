import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { detectSandbox } from '../sandbox/detect.ts';
import { run } from '../shared/subprocess.ts';
import { type PhraseKey, say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';

interface Finding {
  level: 'ok' | 'warn' | 'bad';
  what: PhraseKey;
  values: Record<string, string | number>;
}

/** Below either, uploads and jobs are refused. */
const leastFreeBytes = 2e9;
const leastFreeShare = 0.05;

/** `seto doctor`: what this machine has, what the configuration needs, a remedy for each finding. */
export function register(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('What this machine has and what it lacks')
    .option('--config <file>')
    .option('--data <dir>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto doctor')
    .action(async (options: { config?: string; data?: string; json?: true }) => {
      const { configFile, dataFolder, loadConfig } = await import('../server/config.ts');
      const dataDir = dataFolder(options.data, cli.env);
      const file = configFile(options.config, dataDir);
      loadConfig(file, { dataDir });
      const findings: Finding[] = [
        { level: 'ok', what: 'doctor.node', values: { version: process.version } },
        await gitFinding(),
        await isolationFinding(),
        existsSync('/bin/bash')
          ? { level: 'ok', what: 'doctor.bash', values: { path: '/bin/bash' } }
          : { level: 'warn', what: 'doctor.no_bash', values: {} },
        await spaceFinding(dataDir),
        ...(file === null ? [] : [{ level: 'ok', what: 'doctor.config', values: { file } } as const]),
      ];
      if (options.json)
        cli.json(findings.map((each) => ({ ...each, text: say('en', each.what, each.values) })));
      else
        for (const line of table(
          findings.map((each) => [
            say(cli.lang, `doctor.${each.level}`),
            say(cli.lang, each.what, each.values),
          ]),
        ))
          cli.print(line);
      if (findings.some(({ level }) => level === 'bad')) process.exitCode = 1;
    });
}

async function gitFinding(): Promise<Finding> {
  const result = await run(['git', '--version'], { timeoutMs: 10_000 }).catch(() => null);
  const found = /(\d+)\.(\d+)(?:\.\d+)?/.exec(result?.stdout.toString() ?? '');
  const [version = '', major = '0', minor = '0'] = found ?? [];
  const good = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 36);
  return good
    ? { level: 'ok', what: 'doctor.git', values: { version } }
    : { level: 'bad', what: 'doctor.git_missing', values: {} };
}

async function isolationFinding(): Promise<Finding> {
  const { ability } = await detectSandbox();
  return ability.isolation === 'bubblewrap'
    ? {
        level: 'ok',
        what: 'doctor.isolation',
        values: { memory: ability.memory, processes: ability.processes },
      }
    : { level: 'bad', what: 'doctor.no_isolation', values: { reason: ability.reason ?? '' } };
}

async function spaceFinding(dataDir: string): Promise<Finding> {
  let folder = dataDir;
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, blocks, bsize } = await statfs(folder);
  const free = `${((bavail * bsize) / 1e9).toFixed(1)} GB`;
  const low = bavail * bsize < leastFreeBytes || bavail / blocks < leastFreeShare;
  return {
    level: low ? 'bad' : 'ok',
    what: low ? 'doctor.space_low' : 'doctor.space',
    values: { free, dir: dataDir },
  };
}
