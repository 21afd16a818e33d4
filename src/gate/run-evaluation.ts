import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { detectSandbox, insideSandbox } from '../sandbox/detect.ts';
import type { SandboxSpec } from '../sandbox/sandbox.ts';
import { type ErrorCode, fault, isErrorCode } from '../shared/errors.ts';
import { packageRoot, programFile } from '../shared/program.ts';
import type { Values } from '../shared/text/format.ts';
import type { Evaluation, Judged } from './evaluation.ts';

/** What the evaluating process writes, a line each. */
export type EvaluationLine =
  | { kind: 'model'; name: string; labels: readonly string[]; reject: readonly string[] | null }
  | ({ kind: 'picture' } & Judged)
  | { kind: 'error'; code: string; values: Values }
  | { kind: 'done' };

/** Starts evaluations as this machine can. */
export interface Evaluator {
  /** `bubblewrap`, `bubblewrap (job)` where we are in one already, or what the foreign runner or machine gives. */
  isolation: string;
  /** @throws gate.died; what the model or a picture is refused for */
  evaluate(model: { dir: string; digest: string }, dataDir: string): Promise<Evaluation>;
}

const program = programFile('gate/evaluate-main');
/** One model and eight pictures of 100 megapixels fit; a model that wants more should not run on the shop's machine. */
const memoryMb = 4096;

/**
 * Finds out how: a job of ours is in a sandbox already and not wrapped again; in a foreign runner's job that runner's
 * isolation counts; outside of jobs the evaluation is wrapped here.
 */
export async function createEvaluator(env: Readonly<Record<string, string | undefined>>): Promise<Evaluator> {
  if (insideSandbox(env)) return evaluator('bubblewrap (job)', plainCommand);
  if (env['CI_JOB_ID']) return evaluator(env['SETO_SANDBOX'] ?? 'foreign runner', plainCommand);
  const sandbox = await detectSandbox();
  if (sandbox.ability.isolation === 'none') return evaluator('none', plainCommand);
  return evaluator('bubblewrap', (modelDir, dataDir) =>
    sandbox.command(sandboxSpec(path.resolve(modelDir), path.resolve(dataDir))),
  );
}

interface Command {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
}

/** Nothing of a job's environment reaches what runs the model: no token, no variable. */
const bareEnv = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };

function plainCommand(modelDir: string, dataDir: string): Command {
  const argv = [
    process.execPath,
    program,
    '--model',
    path.resolve(modelDir),
    '--data',
    path.resolve(dataDir),
  ];
  return { argv: argv as [string, ...string[]], env: bareEnv };
}

function sandboxSpec(modelDir: string, dataDir: string): SandboxSpec {
  // In the runtime tree, Node and its libraries lie beside our package.
  const runtimeDir = path.dirname(path.dirname(process.execPath));
  const apart =
    !runtimeDir.startsWith(packageRoot) && !runtimeDir.startsWith('/usr') && existsSync(runtimeDir);
  return {
    argv: [process.execPath, program, '--model', '/model', '--data', '/data'],
    env: bareEnv,
    cwd: '/',
    mounts: [
      ...(apart ? [{ from: runtimeDir, to: runtimeDir }] : []),
      { from: packageRoot, to: packageRoot },
      { from: modelDir, to: '/model' },
      { from: dataDir, to: '/data' },
    ],
    hostSystem: true,
    tmpBytes: 64 * 1024 * 1024,
    network: 'none',
    limits: { memoryMb },
  };
}

function evaluator(isolation: string, commandFor: (modelDir: string, dataDir: string) => Command): Evaluator {
  return {
    isolation,
    evaluate: async ({ dir, digest }, dataDir) => {
      const { argv, env } = commandFor(dir, dataDir);
      const [command, ...args] = argv;
      const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let last = '';
      child.stderr.on('data', (chunk: Buffer) => {
        last = (last + chunk.toString()).slice(-2000);
      });
      const ended = new Promise<string>((resolve) => {
        child.on('error', (error) => resolve(error.message));
        child.on('close', (code, signal) => resolve(signal ?? `exit ${code}`));
      });
      const pictures: Judged[] = [];
      let model: Extract<EvaluationLine, { kind: 'model' }> | null = null;
      let done = false;
      for await (const text of createInterface({ input: child.stdout })) {
        const line = JSON.parse(text) as EvaluationLine;
        if (line.kind === 'model') model = line;
        else if (line.kind === 'done') done = true;
        else if (line.kind === 'error') throw fault(codeOf(line.code), line.values);
        else pictures.push(line);
      }
      const reason = await ended;
      if (!done || model === null) {
        const tail = last.trim().split('\n').at(-1) ?? '';
        throw fault('gate.died', { model: dir, reason: tail === '' ? reason : `${reason}: ${tail}` });
      }
      const { name, labels, reject } = model;
      return { model: { name, digest }, labels, reject, pictures };
    },
  };
}

function codeOf(code: string): ErrorCode {
  return isErrorCode(code) ? code : 'core.internal';
}
