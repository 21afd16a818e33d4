import { explain, SetoError } from '../shared/errors.ts';
import { langFrom } from '../shared/text/format.ts';
import { serve } from './serve.ts';

// What an image starts.
serve(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof SetoError) {
    const { message, remedy } = explain(error.code, error.values, langFrom(process.env));
    process.stderr.write(`${message}\n${remedy}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
