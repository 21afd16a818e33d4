#!/usr/bin/env node
// The installed `seto` command: restarts itself under the pinned Node.
process.argv.splice(2, 0, 'src/main.ts');
await import('./enter.mjs');
