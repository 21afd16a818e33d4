import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { syncFolder } from '../shared/durable.ts';

/** Where everything of an installation lies; nothing is kept elsewhere. */
export interface DataFolder {
  root: string;
  database: string;
  objects: string;
  git: string;
  traces: string;
  runtime: string;
  /** Sockets and what the processes tell each other. */
  run: string;
  gateway: string;
  log: string;
  /** Bootstrap, record, log and work of process nodes. */
  nodes: string;
  /** Copies of the price list, one a refresh. */
  prices: string;
}

/** Bytes set aside so that the ledger can still write when the disk is full. */
const ballastBytes = 8 * 1024 * 1024;

/** Creates what is missing; folders are the owner's alone, since they hold secrets and other people's work. */
export function openDataFolder(root: string): DataFolder {
  const folder: DataFolder = {
    root,
    database: path.join(root, 'seto.db'),
    objects: path.join(root, 'objects'),
    git: path.join(root, 'git'),
    traces: path.join(root, 'traces'),
    runtime: path.join(root, 'runtime'),
    run: path.join(root, 'run'),
    gateway: path.join(root, 'gateway'),
    log: path.join(root, 'log'),
    nodes: path.join(root, 'run', 'nodes'),
    prices: path.join(root, 'prices'),
  };
  mkdirSync(root, { recursive: true, mode: 0o700 });
  chmodSync(root, 0o700);
  for (const name of [
    'objects',
    'git',
    'traces',
    'runtime',
    'run',
    'gateway',
    'log',
    'nodes',
    'prices',
  ] as const)
    mkdirSync(folder[name], { recursive: true, mode: 0o700 });
  createOnce(path.join(root, 'ballast'), () => Buffer.alloc(ballastBytes, 1));
  return folder;
}

function createOnce(file: string, content: () => Buffer): void {
  if (existsSync(file)) return;
  const descriptor = openSync(file, 'wx', 0o600);
  writeSync(descriptor, content());
  fsyncSync(descriptor);
  closeSync(descriptor);
  syncFolder(path.dirname(file));
}
