#!/usr/bin/env node
// The installed `seto` command: restarts itself under the pinned Node.
import { fileURLToPath } from 'node:url';

process.argv.splice(2, 0, fileURLToPath(new URL('../src/main.ts', import.meta.url)));
await import('./enter.mjs');
