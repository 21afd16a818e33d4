import { runStep } from './steps.ts';

/** `npm run check`: format, lint and types; the first part of `npm test`. Exit code 1 where one fails. */
const steps = [
  await runStep('format and lint (biome)', [
    'node_modules/@biomejs/biome/bin/biome',
    'ci',
    '--colors=off',
    '.',
  ]),
  await runStep('types (tsc)', ['node_modules/typescript/bin/tsc', '-p', '.']),
];
process.exitCode = steps.every(Boolean) ? 0 : 1;
