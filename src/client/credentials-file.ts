import { homedir } from 'node:os';
import path from 'node:path';

/** Where sign-ins are kept: one file, 0600, XDG's place for configuration. */
export function credentialsFile(env: Readonly<Record<string, string | undefined>>): string {
  const config = env['XDG_CONFIG_HOME'] || path.join(env['HOME'] || homedir(), '.config');
  return path.join(config, 'seto', 'credentials.json');
}
