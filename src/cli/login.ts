import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { signIn, whoAmI } from '../api/contract/session.ts';
import { createClient } from '../client/client.ts';
import { saveCredentials } from '../client/credentials.ts';
import { fault } from '../shared/errors.ts';
import { programFile } from '../shared/program.ts';
import { run } from '../shared/subprocess.ts';
import { say } from '../shared/text.ts';
import type { Cli } from './cli.ts';

/** `seto login URL`: the one-time link, or the platform's URL and a token. */
export function register(program: Command, cli: Cli): void {
  program
    .command('login')
    .description('Sign in with the link that `seto up` printed, or with a token')
    .argument('<url>', 'the sign-in link, or the platform’s URL (asks for a token)')
    .addHelpText('after', '\nExample:\n  seto login http://127.0.0.1:7480/sign-in#seto_…')
    .action(async (given: string) => {
      const parsed = addressOf(cli, given);
      const url = parsed.origin;
      const secret = parsed.hash.slice(1);
      const { token, user } = secret === '' ? await byToken(cli, url) : await byLink(cli, url, secret);
      await saveCredentials(cli.env, url, token, user);
      await installGitHelper(url);
      cli.print(say(cli.lang, 'login.done', { url, user }));
      cli.print(say(cli.lang, 'login.git'));
    });
}

function addressOf(cli: Cli, given: string): URL {
  // `localhost:7480` is a URL too, of the scheme `localhost:`.
  const parsed = URL.parse(given);
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed;
  const expected = say(cli.lang, 'usage.url');
  throw fault('core.usage', {
    what: say(cli.lang, 'usage.bad_value', { name: 'url', given, expected }),
    command: 'seto login',
  });
}

async function byLink(cli: Cli, url: string, secret: string): Promise<{ token: string; user: string }> {
  const client = createClient({ url, lang: cli.lang });
  try {
    return await client.call(signIn, { body: { secret, device: 'command line' } });
  } finally {
    await client.close();
  }
}

async function byToken(cli: Cli, url: string): Promise<{ token: string; user: string }> {
  const token = await askSecretly(say(cli.lang, 'login.ask', { url }), cli.signal);
  const client = createClient({ url, token, lang: cli.lang });
  try {
    const { name } = await client.call(whoAmI);
    return { token, user: name };
  } finally {
    await client.close();
  }
}

/** Asks for a line that is not shown while it is typed; '' where the input ends without one. */
async function askSecretly(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const input = createInterface({ input: process.stdin, output: nowhere, terminal: process.stdin.isTTY });
  // A terminal that shows nothing hands Ctrl-C on as a key.
  input.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = once(input, 'close').then(() => '');
  try {
    return (await Promise.race([input.question('', { signal }), ended])).trim();
  } finally {
    input.close();
    process.stderr.write('\n');
  }
}

async function installGitHelper(url: string): Promise<void> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const set = (mode: string, helper: string) =>
    run(['git', 'config', '--global', mode, `credential.${url}.helper`, helper], { env });
  // The empty one ends the list of helpers for all URLs: none of them shall keep our token in a file of its own.
  await set('--replace-all', '');
  await set('--add', credentialHelper());
}

/** Only `get` is a question for us; `store` and `erase` start nothing. */
function credentialHelper(): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const cache = process.env['NODE_COMPILE_CACHE'];
  const environment = cache === undefined ? '' : `NODE_COMPILE_CACHE=${quoted(cache)} `;
  const program = `${quoted(process.execPath)} ${quoted(programFile('client/git-credential-main'))}`;
  return `!f() { test "$1" != get || ${environment}${program}; }; f`;
}
