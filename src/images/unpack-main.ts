import { SetoError } from '../shared/errors.ts';
import { unpackLayer } from './unpack.ts';

/**
 * `node src/images/unpack-main.ts FOLDER < LAYER`: what deploy targets start in the sandbox with that one folder
 * writable, since the control plane expands no archive itself. One folder a layer: whiteouts stay in it as files. Exit code 1 and the reason on standard error.
 */
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('unpack-main.ts FOLDER < LAYER\n');
  process.exit(2);
}
try {
  await unpackLayer(process.stdin, folder, { whiteouts: 'keep' });
} catch (error) {
  // Whoever started us says that a layer is refused; only the reason is ours to tell.
  const reason = error instanceof SetoError ? (error.values['reason'] ?? error.message) : String(error);
  process.stderr.write(`${String(reason).replace(/\.+$/, '')}\n`);
  process.exit(1);
}
