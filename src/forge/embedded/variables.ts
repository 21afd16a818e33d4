import { fault } from '../../shared/errors.ts';
import type { ForgeContext } from './forge-context.ts';
import type { JobVariable } from './predefined-variables.ts';

/** A project's CI variable; the value is sealed at rest. */
export interface ProjectVariable {
  key: string;
  value: string;
  /** Hidden in logs. */
  masked: boolean;
  /** Given to pipelines on protected refs only. */
  protected: boolean;
  /** The job gets the path of a file that holds the value. */
  file: boolean;
  /** `$` in it is not expanded. */
  raw: boolean;
}

interface VariableRow {
  key: string;
  value: string;
  masked: number;
  protected: number;
  file: number;
  raw: number;
}

export interface Variables {
  set(projectId: number, variable: ProjectVariable, actor: string): void;
  remove(projectId: number, key: string, actor: string): boolean;
  list(projectId: number): ProjectVariable[];
  /** Those a pipeline gets: protected ones only on a protected ref. */
  forRef(projectId: number, protectedRef: boolean): JobVariable[];
}

/** GitLab's rule: what is shorter or holds other characters cannot be masked reliably. */
const maskable = /^[A-Za-z0-9+/=@:.~_-]{8,10000}$/;

export function createVariables({ store, clock, seal, identity }: ForgeContext): Variables {
  const context = (projectId: number, key: string) => `variable:${projectId}:${key}`;
  const list = (projectId: number): ProjectVariable[] =>
    store
      .all<VariableRow>('SELECT * FROM variables WHERE project_id = ? ORDER BY key', projectId)
      .map((row) => ({
        key: row.key,
        value: seal.open(row.value, context(projectId, row.key)),
        masked: row.masked === 1,
        protected: row.protected === 1,
        file: row.file === 1,
        raw: row.raw === 1,
      }));
  return {
    set: (projectId, variable, actor) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(variable.key))
        throw fault('forge.variable_name', { key: variable.key });
      if (variable.masked && !maskable.test(variable.value))
        throw fault('forge.variable_mask', { key: variable.key });
      store.transaction(() => {
        store.run(
          `INSERT INTO variables (project_id, key, value, masked, protected, file, raw, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET value = excluded.value, masked = excluded.masked, protected = excluded.protected,
             file = excluded.file, raw = excluded.raw, updated_at = excluded.updated_at`,
          projectId,
          variable.key,
          seal.seal(variable.value, context(projectId, variable.key)),
          Number(variable.masked),
          Number(variable.protected),
          Number(variable.file),
          Number(variable.raw),
          clock.now(),
        );
        identity.audit(actor, 'variable.set', `project:${projectId}`, { key: variable.key });
      });
    },
    remove: (projectId, key, actor) =>
      store.transaction(() => {
        const { changes } = store.run(
          'DELETE FROM variables WHERE project_id = ? AND key = ?',
          projectId,
          key,
        );
        if (changes > 0) identity.audit(actor, 'variable.remove', `project:${projectId}`, { key });
        return changes > 0;
      }),
    list,
    forRef: (projectId, protectedRef) =>
      list(projectId)
        .filter((each) => protectedRef || !each.protected)
        .map(({ key, value, masked, file, raw }) => ({ key, value, public: false, masked, file, raw })),
  };
}
