import { runNode } from '../../src/runner/node.ts';

// Stands where main.ts stands: `node run --bootstrap FILE`.
process.stdout.write(`${await runNode(process.argv[5] ?? '')}\n`);
process.exit(0);
