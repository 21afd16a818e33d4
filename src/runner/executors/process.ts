import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { endTree, signalInside } from '../../sandbox/process-tree.ts';
import type { ConfinedCommand, Sandbox, SandboxAbility } from '../../sandbox/sandbox.ts';
import { newId } from '../../shared/ids.ts';
import type { Ending, Executor, Program, Workplace } from './executor.ts';

export interface ProcessExecutorOptions {
  sandbox: Sandbox;
  /** Job folders are made below it; everything in it belongs to this node. */
  workDir: string;
  runtimeDir: string;
  limits: { memoryMb?: number; processes?: number; tmpBytes: number };
  /** The cgroup that this whole node is in with the same limits; null where it is in none. */
  outer?: 'cgroup-v1' | 'cgroup-v2' | null;
}

/** Runs a job's programs on this machine, each in the sandbox. */
export function processExecutor(options: ProcessExecutorOptions): Executor {
  return { name: 'process', open: (jobId) => openWorkplace(options, jobId) };
}

async function openWorkplace(options: ProcessExecutorOptions, jobId: number): Promise<Workplace> {
  const { sandbox, limits } = options;
  const isolated = sandbox.ability.isolation === 'bubblewrap';
  const folder = path.join(options.workDir, 'jobs', newId(`job-${jobId}`));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const inside = isolated ? '/builds' : folder;
  const runtime = isolated ? '/opt/seto' : options.runtimeDir;
  const bash = existsSync('/bin/bash') || existsSync('/usr/bin/bash');
  return {
    outside: folder,
    inside,
    runtime,
    shell: bash
      ? { name: 'bash', path: existsSync('/bin/bash') ? '/bin/bash' : '/usr/bin/bash' }
      : { name: 'sh', path: '/bin/sh' },
    isolation: sandbox.ability.isolation,
    limits: limitsText(sandbox.ability, limits, options.outer ?? null),
    place: (from, to) => (isolated ? to : from),
    run: async (program) => {
      const confined = await sandbox.confine({
        argv: program.argv,
        env: program.env,
        cwd: program.cwd,
        mounts: [
          { from: options.runtimeDir, to: runtime },
          { from: folder, to: inside, writable: true },
          ...(program.mounts ?? []),
        ],
        hostSystem: true,
        tmpBytes: limits.tmpBytes,
        network: 'host',
        limits,
      });
      try {
        return await runToEnd(confined, program, isolated);
      } finally {
        await confined.release();
      }
    },
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function limitsText(
  ability: SandboxAbility,
  limits: ProcessExecutorOptions['limits'],
  outer: 'cgroup-v1' | 'cgroup-v2' | null,
): string {
  const text = (name: string, value: number | undefined, how: string) => {
    const held = how === 'none' || how === 'rlimit' ? outer : null;
    if (value === undefined || (how === 'none' && held === null)) return `${name} none`;
    if (held !== null) return `${name} ${value} (${held}, with the node)`;
    return `${name} ${value} (${how}${how === 'rlimit' ? ', each process' : ''})`;
  };
  return [
    text('memory MB', limits.memoryMb, ability.memory),
    text('processes', limits.processes, ability.processes),
  ].join(', ');
}

function runToEnd(confined: ConfinedCommand, program: Program, isolated: boolean): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const [command, ...args] = confined.argv;
    const child = spawn(command, args, {
      env: confined.env,
      ...(isolated ? {} : { cwd: program.cwd }),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: !isolated,
    });
    let why: 'timed_out' | 'stopped' | null = null;
    let grace: NodeJS.Timeout | undefined;
    const end = () => {
      if (child.pid !== undefined) endTree(child.pid, !isolated);
    };
    const ask = (reason: 'timed_out' | 'stopped') => {
      if (why !== null || child.pid === undefined) return;
      why = reason;
      signalInside(child.pid, 'SIGTERM');
      grace = setTimeout(end, program.graceMs);
    };
    const onStop = () => ask('stopped');
    const onKill = () => {
      why ??= 'stopped';
      end();
    };
    const timer = setTimeout(() => ask('timed_out'), Math.min(program.timeoutMs, 0x7fffffff));
    program.stop.addEventListener('abort', onStop, { once: true });
    if (program.stop.aborted) onStop();
    program.kill?.addEventListener('abort', onKill, { once: true });
    if (program.kill?.aborted) onKill();
    child.stdout.on('data', program.output);
    child.stderr.on('data', program.output);
    child.stdin.on('error', () => undefined);
    child.stdin.end(program.input);
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(grace);
      program.stop.removeEventListener('abort', onStop);
      program.kill?.removeEventListener('abort', onKill);
    };
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    // A child that was left behind without isolation keeps the pipes open: its group ends with the program.
    child.on('exit', () => {
      if (!isolated) end();
    });
    child.on('close', (code, signal) => {
      settle();
      if (why !== null) return resolve({ kind: why });
      return resolve({ kind: 'exited', code: code ?? 128 + signalNumber(signal) });
    });
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === 'SIGKILL' ? 9 : 15;
}
