import { createHash } from 'node:crypto';

/** The two sides of a data set: what is learnt from, what is judged by. */
export type Split = 'train' | 'test';

/** test if the first 32 bits of sha256(group) ≥ 0.8·2³²: a group never moves as the set grows. */
export function splitOf(group: string): Split {
  return createHash('sha256').update(group).digest().readUInt32BE(0) >= 0.8 * 2 ** 32 ? 'test' : 'train';
}

/** Whether a path in a data folder counts as a picture: in a label's folder, not hidden, and named as one. */
export function isPicturePath(path: string): boolean {
  const parts = path.split('/');
  return (
    parts.length > 1 && !parts.some((part) => part.startsWith('.')) && /\.(jpe?g|png|bmp|tiff?)$/i.test(path)
  );
}

/**
 * Reads groups.csv: a header `path,group`, then one line a file, the path quoted as in RFC 4180 where it must be.
 * Lines that are not so are returned by number, and those that give a path a second group.
 */
export function parseGroupsCsv(text: string): {
  groups: Map<string, string>;
  badLines: number[];
  secondGroups: number[];
} {
  const groups = new Map<string, string>();
  const badLines: number[] = [];
  const secondGroups: number[] = [];
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((line, i) => {
      if (line === '' || (i === 0 && line === 'path,group')) return;
      const [, quoted, bare, group] = /^(?:"((?:[^"]|"")*)"|([^"]*)),([^\s]{1,200})$/.exec(line) ?? [];
      const path = (quoted?.replaceAll('""', '"') ?? bare)?.normalize('NFC');
      if (path === undefined || group === undefined) badLines.push(i + 1);
      else if ((groups.get(path) ?? group) !== group) secondGroups.push(i + 1);
      else groups.set(path, group);
    });
  return { groups, badLines, secondGroups };
}

/** `parts` → `SETO_DATA_PARTS`: the variable that chooses a data set's snapshot for a pipeline. */
export function dataVariable(name: string): string {
  return `SETO_DATA_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}
