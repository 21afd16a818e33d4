import type { CiNeed, Combination } from './config.ts';
import { Fields, flatten, shown } from './fields.ts';
import { type MapNode, type Node, scalarText } from './node.ts';
import type { Notes } from './notes.ts';

/** GitLab's limits. */
const LIMIT_NEEDS = 50;
const LIMIT_PARALLEL = 200;

/** `needs:` (null = ordered by stages). */
export function readNeeds(node: Node | null, where: string, notes: Notes): CiNeed[] | null {
  if (node === null) return null;
  if (node.kind === 'scalar') {
    notes.error('pipelines.not_list', node.at, { where });
    return null;
  }
  const items = node.kind === 'seq' ? flatten(node.items) : [node];
  if (items.length > LIMIT_NEEDS)
    notes.error('pipelines.too_many_items', node.at, { where, limit: LIMIT_NEEDS });
  const needs: CiNeed[] = [];
  for (const item of items.slice(0, LIMIT_NEEDS)) {
    const need = readNeed(item, where, notes);
    if (need !== null) needs.push(need);
  }
  return needs;
}

function readNeed(item: Node, where: string, notes: Notes): CiNeed | null {
  if (item.kind === 'scalar' && typeof item.value === 'string')
    return { job: item.value, at: item.at, optional: false, artifacts: true, matrix: null };
  if (item.kind !== 'map') {
    notes.error('pipelines.not_string', item.at, { where, value: shown(item) });
    return null;
  }
  const fields = new Fields(item, where, notes);
  for (const key of ['pipeline', 'project'])
    if (fields.has(key)) {
      notes.error('pipelines.needs_elsewhere', fields.at(key), { key });
      return null;
    }
  fields.refuseUnknown(['job', 'optional', 'artifacts', 'parallel']);
  const job = fields.string('job');
  if (job === null) {
    if (fields.node('job') === null) notes.error('pipelines.missing_key', item.at, { key: 'job', where });
    return null;
  }
  const parallel = fields.fields('parallel');
  parallel?.refuseUnknown(['matrix']);
  return {
    job,
    at: item.at,
    optional: fields.boolean('optional') ?? false,
    artifacts: fields.boolean('artifacts') ?? true,
    matrix: parallel === null ? null : readMatrix(parallel.node('matrix'), parallel.where('matrix'), notes),
  };
}

/** `parallel:` of a job: a number, or the combinations of its matrix. */
export function readParallel(job: Fields): number | Combination[] | null {
  const node = job.node('parallel');
  if (node === null || node.kind !== 'map') return job.integer('parallel', 1, LIMIT_PARALLEL);
  const fields = new Fields(node, job.where('parallel'), job.notes);
  fields.refuseUnknown(['matrix']);
  const matrix = fields.node('matrix');
  if (matrix === null)
    job.notes.error('pipelines.missing_key', node.at, { key: 'matrix', where: fields.path });
  return readMatrix(matrix, fields.where('matrix'), job.notes);
}

function readMatrix(node: Node | null, where: string, notes: Notes): Combination[] | null {
  if (node === null) return null;
  if (node.kind !== 'seq') {
    notes.error('pipelines.not_list', node.at, { where });
    return null;
  }
  const combinations: Combination[] = [];
  for (const item of flatten(node.items)) {
    if (item.kind !== 'map') {
      notes.error('pipelines.not_map', item.at, { where });
      continue;
    }
    const axes = readAxes(item, where, notes);
    const count = axes.reduce((product, [, values]) => product * values.length, 1);
    if (combinations.length + count > LIMIT_PARALLEL) {
      notes.error('pipelines.too_many_items', item.at, { where, limit: LIMIT_PARALLEL });
      return null;
    }
    if (axes.length > 0) combinations.push(...product(axes));
  }
  if (combinations.length === 0)
    notes.error('pipelines.missing_key', node.at, { key: 'NAME: [value]', where });
  return combinations;
}

type Axis = readonly [name: string, values: readonly string[]];

function readAxes(map: MapNode, where: string, notes: Notes): Axis[] {
  const axes: Axis[] = [];
  for (const [name, entry] of map.entries) {
    const values: string[] = [];
    for (const item of entry.value.kind === 'seq' ? flatten(entry.value.items) : [entry.value]) {
      if (item.kind === 'scalar' && item.value !== null) values.push(scalarText(item));
      else
        notes.error('pipelines.variable_value', item.at, { where: `${where}:${name}`, value: shown(item) });
    }
    axes.push([name, values]);
  }
  return axes;
}

function product(axes: readonly Axis[]): Combination[] {
  return axes.reduce<Combination[]>(
    (made, [name, values]) =>
      made.flatMap((combination) => values.map((value) => [...combination, [name, value] as const])),
    [[]],
  );
}
