import { Fields, shown } from './fields.ts';
import { type Node, scalarText } from './node.ts';
import type { Notes } from './notes.ts';
import type { PlannedVariable } from './types.ts';

/** More variables than this in one map are a mistake, and each is copied into every job. */
const LIMIT_VARIABLES = 1000;

/** `variables:` of the top level, a job, a rule or a service. Null is the empty string; numbers and booleans count. */
export function readVariables(node: Node | null, where: string, notes: Notes): PlannedVariable[] {
  if (node === null) return [];
  const fields = Fields.of(node, where, notes);
  if (fields === null) return [];
  if (fields.map.entries.size > LIMIT_VARIABLES)
    notes.error('pipelines.too_many_items', node.at, { where, limit: LIMIT_VARIABLES });
  const variables: PlannedVariable[] = [];
  for (const [key, entry] of [...fields.map.entries].slice(0, LIMIT_VARIABLES)) {
    const value = entry.value;
    if (value.kind === 'scalar') variables.push({ key, value: scalarText(value), raw: false });
    else if (value.kind === 'map')
      variables.push(readDetailed(key, new Fields(value, `${where}:${key}`, notes)));
    else notes.error('pipelines.variable_value', value.at, { where: `${where}:${key}`, value: shown(value) });
  }
  return variables;
}

function readDetailed(key: string, fields: Fields): PlannedVariable {
  fields.refuseUnknown(['value', 'description', 'options', 'expand']);
  const node = fields.node('value');
  if (node !== null && node.kind !== 'scalar')
    fields.notes.error('pipelines.variable_value', node.at, {
      where: fields.where('value'),
      value: shown(node),
    });
  const value = node?.kind === 'scalar' ? scalarText(node) : '';
  const options = fields.strings('options');
  if (options !== null && !options.includes(value))
    fields.notes.error('pipelines.variable_option', fields.at('options'), { key, value });
  return { key, value, raw: fields.boolean('expand') === false };
}
