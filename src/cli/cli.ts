import type { Command } from 'commander';
import type { Client } from '../client/client.ts';
import type { Lang } from '../shared/text/format.ts';

/** What every verb gets: the reader's language, where to print, and the platform. */
export interface Cli {
  readonly lang: Lang;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether colours that others wrote (a job's log) may reach standard output. */
  readonly colours: boolean;
  /** One line of the command's own output. */
  print(line: string): void;
  /** One line beside it (standard error): progress, notes, warnings. */
  warn(line: string): void;
  /** `--json`: one document on standard output. */
  json(value: unknown): void;
  /** Progress of a long step: redrawn on a terminal, a plain line at its end elsewhere. */
  progress(label: string): Progress;
  /** The platform this command speaks to; opened once, closed by main. */
  client(): Promise<Client>;
  /** `group/name`: `--project` where given, CI_PROJECT_PATH in a job, else the git remote of the folder. */
  projectHere(given?: string): Promise<string>;
  /** Aborted at Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Progress {
  update(done: number, total?: number): void;
  done(text?: string): void;
}

/** A noun's file adds its verbs. */
export type Register = (program: Command, cli: Cli) => void;

/** Left-aligned columns, two spaces apart; wide characters count as two. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell) + 2),
      )
      .join('')
      .trimEnd(),
  );
}

/** Columns a text takes on a terminal: East Asian wide characters count two (Unicode TR 11, coarsely). */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width +=
      /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1;
  return width;
}
