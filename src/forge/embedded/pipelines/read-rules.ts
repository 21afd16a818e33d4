import type { AllowFailure, CiFilter, CiNeed, CiRule } from './config.ts';
import { type Expression, type ExpressionError, isExpressionError, parseExpression } from './expression.ts';
import { Fields, flatten, readString } from './fields.ts';
import type { Node, Place } from './node.ts';
import type { Notes } from './notes.ts';
import { splitPattern } from './pattern.ts';
import { readNeeds } from './read-needs.ts';
import { readVariables } from './read-variables.ts';
import { readChanges, readExists } from './rule-paths.ts';
import type { PipelinePlan } from './types.ts';

const JOB_KEYS = [
  'if',
  'changes',
  'exists',
  'when',
  'start_in',
  'allow_failure',
  'variables',
  'needs',
  'interruptible',
];
const WORKFLOW_KEYS = ['if', 'changes', 'exists', 'when', 'variables', 'auto_cancel'];
const JOB_WHEN = ['on_success', 'on_failure', 'always', 'never', 'manual', 'delayed'] as const;
const ON_NEW_COMMIT = ['conservative', 'interruptible', 'none'] as const;
const ON_JOB_FAILURE = ['all', 'none'] as const;

/** `rules:` of a job or of the workflow; nested lists (from `!reference`) are flattened. */
export function readRules(
  node: Node | null,
  where: string,
  notes: Notes,
  of: 'job' | 'workflow',
): CiRule[] | null {
  if (node === null) return null;
  if (node.kind !== 'seq') {
    notes.error('pipelines.not_list', node.at, { where });
    return null;
  }
  const rules: CiRule[] = [];
  for (const item of flatten(node.items)) {
    const fields = Fields.of(item, where, notes);
    if (fields !== null) rules.push(readRule(fields, of));
  }
  return rules;
}

function readRule(fields: Fields, of: 'job' | 'workflow'): CiRule {
  fields.refuseUnknown(of === 'job' ? JOB_KEYS : WORKFLOW_KEYS);
  const when =
    of === 'job' ? fields.oneOf('when', JOB_WHEN) : fields.oneOf('when', ['always', 'never'] as const);
  const startInMs = fields.duration('start_in');
  if ((when === 'delayed') !== fields.has('start_in'))
    fields.notes.error('pipelines.start_in', fields.map.at, { where: fields.path });
  const needs: readonly CiNeed[] | null =
    of === 'job' ? readNeeds(fields.node('needs'), fields.where('needs'), fields.notes) : null;
  return {
    at: fields.map.at,
    if: readIf(fields.node('if'), fields.where('if'), fields.notes),
    changes: readChanges(fields),
    exists: readExists(fields),
    when,
    startInMs,
    allowFailure: of === 'job' ? readAllowFailure(fields) : null,
    variables: readVariables(fields.node('variables'), fields.where('variables'), fields.notes),
    interruptible: of === 'job' ? fields.boolean('interruptible') : null,
    needs,
    autoCancel: readAutoCancel(fields),
  };
}

export function readAutoCancel(parent: Fields): Partial<PipelinePlan['autoCancel']> {
  const fields = parent.fields('auto_cancel');
  if (fields === null) return {};
  fields.refuseUnknown(['on_new_commit', 'on_job_failure']);
  const onNewCommit = fields.oneOf('on_new_commit', ON_NEW_COMMIT);
  const onJobFailure = fields.oneOf('on_job_failure', ON_JOB_FAILURE);
  return {
    ...(onNewCommit === null ? {} : { onNewCommit }),
    ...(onJobFailure === null ? {} : { onJobFailure }),
  };
}

/** `allow_failure`: a boolean, or exit codes. */
export function readAllowFailure(fields: Fields): AllowFailure | null {
  const node = fields.node('allow_failure');
  if (node === null || node.kind !== 'map') return fields.boolean('allow_failure');
  const inner = new Fields(node, fields.where('allow_failure'), fields.notes);
  inner.refuseUnknown(['exit_codes']);
  return { exitCodes: readExitCodes(inner) };
}

/** One integer or a list of them. */
export function readExitCodes(fields: Fields): number[] {
  const node = fields.node('exit_codes');
  if (node === null) return [];
  const codes: number[] = [];
  for (const item of node.kind === 'seq' ? flatten(node.items) : [node]) {
    if (item.kind === 'scalar' && typeof item.value === 'number' && Number.isInteger(item.value))
      codes.push(item.value);
    else
      fields.notes.error('pipelines.not_integer', item.at, {
        where: fields.where('exit_codes'),
        least: 0,
        most: 255,
      });
  }
  return codes;
}

function readIf(node: Node | null, where: string, notes: Notes): Expression | null {
  if (node === null) return null;
  const text = readString(node, where, notes);
  if (text === null) return null;
  const expression = parseExpression(text, notes.patterns);
  if (!isExpressionError(expression)) return expression;
  noteBadExpression(notes, node.at, text, expression);
  return null;
}

export function noteBadExpression(
  notes: Notes,
  at: Place,
  text: string,
  { reason, found }: ExpressionError,
): void {
  if (reason === 'pattern') notes.badPattern(at, found);
  else if (found === '') notes.error('pipelines.expression_end', at, { text });
  else notes.error('pipelines.expression', at, { text, found });
}

/** `only:` and `except:` as a list of refs or a map. */
export function readFilter(node: Node | null, where: string, notes: Notes): CiFilter | null {
  if (node === null) return null;
  if (node.kind !== 'map') return { refs: readRefs(node, where, notes), variables: null, changes: null };
  const fields = new Fields(node, where, notes);
  fields.refuseUnknown(['refs', 'variables', 'changes', 'kubernetes']);
  if (fields.has('kubernetes'))
    notes.warning('pipelines.kubernetes_filter', fields.at('kubernetes'), { where });
  const refs = fields.node('refs');
  const variables = fields.node('variables');
  const expressions: Expression[] = [];
  if (variables !== null)
    for (const item of variables.kind === 'seq' ? flatten(variables.items) : [variables]) {
      const expression = readIf(item, fields.where('variables'), notes);
      if (expression !== null) expressions.push(expression);
    }
  return {
    refs: refs === null ? null : readRefs(refs, fields.where('refs'), notes),
    variables: variables === null ? null : expressions,
    changes: readChanges(fields),
  };
}

function readRefs(node: Node, where: string, notes: Notes): string[] {
  const refs: string[] = [];
  for (const item of node.kind === 'seq' ? flatten(node.items) : [node]) {
    const text = readString(item, where, notes);
    if (text === null) continue;
    const pattern = splitPattern(text.split('@', 1)[0] ?? text);
    if (pattern !== null && notes.patterns.compile(pattern.source, pattern.flags) === null)
      notes.badPattern(item.at, text);
    refs.push(text);
  }
  return refs;
}
