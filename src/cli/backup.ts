import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { say } from '../shared/text.ts';
import type { Cli } from './cli.ts';

/** `seto backup FILE`: on the machine itself, as the owner of the data folder; the platform may run meanwhile. */
export function register(program: Command, cli: Cli): void {
  program
    .command('backup')
    .description('Write database, objects, git and job logs into one file')
    .argument('<file>', 'a new tar file')
    .option('--data <dir>', 'data folder')
    .option(
      '--passphrase-file <file>',
      'takes the key along under this passphrase (or SETO_BACKUP_PASSPHRASE)',
    )
    .addHelpText(
      'after',
      '\nExample:\n  seto backup /mnt/usb/seto-2026-11-24.tar --passphrase-file /root/pass',
    )
    .action(async (file: string, options: { data?: string; passphraseFile?: string }) => {
      const { dataFolder } = await import('../server/config.ts');
      const { writeBackup } = await import('../server/backup.ts');
      const passphrase = passphraseOf(options.passphraseFile, cli.env);
      await writeBackup(dataFolder(options.data, cli.env), file, passphrase);
      if (passphrase === null) cli.warn(say(cli.lang, 'backup.no_key'));
      cli.print(say(cli.lang, 'backup.done', { file }));
    });
}

/** From the file (without the end of its line), else from the environment; null where there is none. */
export function passphraseOf(file: string | undefined, env: Cli['env']): string | null {
  if (file !== undefined) return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || null;
  return env['SETO_BACKUP_PASSPHRASE'] || null;
}
