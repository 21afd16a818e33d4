import { Fields, flatten, shown } from './fields.ts';
import type { Node } from './node.ts';
import type { Notes } from './notes.ts';
import { readVariables } from './read-variables.ts';
import type { PlannedImage, PlannedService } from './types.ts';

const PULL_POLICIES = ['always', 'if-not-present', 'never'];

/** `image:` as a name or a map. */
export function readImage(node: Node | null, where: string, notes: Notes): PlannedImage | null {
  if (node === null) return null;
  if (node.kind === 'scalar' && typeof node.value === 'string') return plainImage(node.value);
  const fields = Fields.of(node, where, notes);
  if (fields === null) return null;
  fields.refuseUnknown(['name', 'entrypoint', 'pull_policy', 'docker', 'kubernetes', 'ports']);
  return readDetailed(fields);
}

/** `services:`: a list of names or maps. */
export function readServices(node: Node | null, where: string, notes: Notes): PlannedService[] {
  if (node === null) return [];
  if (node.kind !== 'seq') {
    notes.error('pipelines.not_list', node.at, { where });
    return [];
  }
  const services: PlannedService[] = [];
  for (const item of flatten(node.items)) {
    if (item.kind === 'scalar' && typeof item.value === 'string') {
      services.push({ ...plainImage(item.value), alias: null, command: null, variables: [] });
      continue;
    }
    const fields = Fields.of(item, where, notes);
    if (fields === null) continue;
    fields.refuseUnknown([
      'name',
      'alias',
      'entrypoint',
      'command',
      'pull_policy',
      'docker',
      'kubernetes',
      'ports',
      'variables',
    ]);
    const image = readDetailed(fields);
    if (image === null) continue;
    services.push({
      ...image,
      alias: fields.string('alias'),
      command: fields.strings('command', 'single'),
      variables: readVariables(fields.node('variables'), fields.where('variables'), notes),
    });
  }
  return services;
}

function plainImage(name: string): PlannedImage {
  return { name, entrypoint: null, pullPolicy: [], dockerUser: null, platform: null };
}

function readDetailed(fields: Fields): PlannedImage | null {
  const name = fields.string('name');
  if (name === null) {
    if (fields.node('name') === null)
      fields.notes.error('pipelines.missing_key', fields.map.at, { key: 'name', where: fields.path });
    return null;
  }
  const policies = fields.strings('pull_policy', 'single') ?? [];
  for (const policy of policies)
    if (!PULL_POLICIES.includes(policy))
      fields.notes.error('pipelines.not_one_of', fields.at('pull_policy'), {
        where: fields.where('pull_policy'),
        value: policy,
        allowed: PULL_POLICIES.join(', '),
      });
  const docker = fields.fields('docker');
  docker?.refuseUnknown(['platform', 'user']);
  const user = docker?.node('user');
  return {
    name,
    entrypoint: fields.strings('entrypoint', 'single'),
    pullPolicy: policies,
    dockerUser: user === null || user === undefined ? null : shown(user),
    platform: docker?.string('platform') ?? null,
  };
}
