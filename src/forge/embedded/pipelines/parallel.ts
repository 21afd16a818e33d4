import type { CiJob, Combination } from './config.ts';

/** One job of a `parallel` family; `combination` holds its matrix variables. */
export interface Spread {
  name: string;
  parallel: { index: number; total: number } | null;
  combination: Combination;
}

/** The jobs that one entry of the file makes, named as GitLab does: `a`, `a 1/3`, `a: [1, x]`. */
export function spreadJob(job: Pick<CiJob, 'name' | 'parallel'>): Spread[] {
  const { name, parallel } = job;
  if (parallel === null) return [{ name, parallel: null, combination: [] }];
  if (typeof parallel === 'number')
    return Array.from({ length: parallel }, (_, index) => ({
      name: `${name} ${index + 1}/${parallel}`,
      parallel: { index: index + 1, total: parallel },
      combination: [],
    }));
  return parallel.map((combination, index) => ({
    name: combinationName(name, combination),
    parallel: { index: index + 1, total: parallel.length },
    combination,
  }));
}

export function combinationName(name: string, combination: Combination): string {
  return `${name}: [${combination.map(([, value]) => value).join(', ')}]`;
}
