import type { Command } from 'commander';
import { say } from '../shared/text.ts';
import { passphraseOf } from './backup.ts';
import type { Cli } from './cli.ts';

/** `seto restore FILE`: a data folder of a backup; nothing is started. */
export function register(program: Command, cli: Cli): void {
  program
    .command('restore')
    .description('Make a data folder of a backup')
    .argument('<file>', 'what `seto backup` wrote')
    .option('--data <dir>', 'data folder, empty or not there')
    .option('--replace', 'take the old installation’s place and id; the old one must never run again')
    .option('--passphrase-file <file>', 'opens the key in the backup (or SETO_BACKUP_PASSPHRASE)')
    .addHelpText('after', '\nExample:\n  seto restore /mnt/usb/seto-2026-11-24.tar --replace')
    .action(async (file: string, options: { data?: string; replace?: true; passphraseFile?: string }) => {
      const { dataFolder } = await import('../server/config.ts');
      const { restoreBackup } = await import('../server/restore.ts');
      const dataDir = dataFolder(options.data, cli.env);
      const passphrase = passphraseOf(options.passphraseFile, cli.env);
      const done = await restoreBackup({ dataDir, file, passphrase, replace: options.replace ?? false });
      cli.print(say(cli.lang, 'restore.done', { dir: dataDir, id: done.installationId, epoch: done.epoch }));
      if (done.lostVariables.length > 0)
        cli.warn(say(cli.lang, 'restore.lost', { list: done.lostVariables.join(', ') }));
      cli.print(say(cli.lang, 'restore.next', { dir: dataDir }));
    });
}
