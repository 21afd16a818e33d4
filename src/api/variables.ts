import type { EmbeddedForge } from '../forge/embedded/embedded-forge.ts';
import type { Identity } from '../identity/identity.ts';
import { actorOf } from '../identity/principal.ts';
import { missing } from '../shared/errors.ts';
import { listVariables, removeVariable, setVariable } from './contract/variables.ts';
import { type Handler, handle, type Subject } from './handle.ts';

export interface VariableDeps {
  forge: Pick<EmbeddedForge, 'variables'>;
  identity: Pick<Identity, 'projectByPath'>;
}

/** CI variables of projects. Values go in and never come out again. */
export function variableHandlers({ forge: { variables }, identity }: VariableDeps): Handler[] {
  const projectId = (params: { group: string; name: string }): number => {
    const project = identity.projectByPath(`${params.group}/${params.name}`);
    if (!project) throw missing('project', `${params.group}/${params.name}`);
    return project.id;
  };
  const subject = ({ params }: { params: { group: string; name: string } }): Subject => ({
    projectId: projectId(params),
  });
  return [
    handle(
      setVariable,
      ({ params, body, principal }) => {
        variables.set(projectId(params), { key: params.key, ...body }, actorOf(principal));
        const { value: _hidden, ...flags } = body;
        return { key: params.key, ...flags };
      },
      { subject },
    ),
    handle(
      listVariables,
      ({ params }) => variables.list(projectId(params)).map(({ value: _hidden, ...rest }) => rest),
      { subject },
    ),
    handle(
      removeVariable,
      ({ params, principal }) => {
        if (!variables.remove(projectId(params), params.key, actorOf(principal)))
          throw missing('variable', params.key);
        return undefined;
      },
      { subject },
    ),
  ];
}
