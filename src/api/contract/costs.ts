import * as z from 'zod';
import type { PhraseKey } from '../../shared/text.ts';
import { route } from './route.ts';

/** `exact` counts nano-yen·milliseconds/hour: divide by 3.6·10¹⁵ for yen. `yen` is the nearest number. */
const amount = z.object({ exact: z.string(), yen: z.number() });

const month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'input.month' satisfies PhraseKey)
  .optional();
const source = z.enum(['provider', 'node', 'bounded']);
const corrected = z.object({ from: z.number(), to: z.number(), source });

export const reportSchema = z.object({
  month: z.string(),
  timeZone: z.string(),
  currency: z.literal('JPY'),
  until: z.number(),
  items: z.array(
    z.object({
      name: z.string(),
      formula: z.enum(['(1)', '(2)', '(3)', '(4)']),
      simulated: z.boolean(),
      vm: z.string().nullable(),
      nodes: z.number(),
      running: z.number(),
      exists: z.object({ from: z.number(), to: z.number().nullable() }).nullable(),
      quantity: z.number(),
      unit: z.enum(['node-hour', 'hour']),
      unitPrice: z.number(),
      nodeHours: z.record(z.string(), z.number()),
      nodeMs: z.record(z.string(), z.number()),
      amount,
      allMonth: amount.nullable(),
    }),
  ),
  corrections: z.object({
    count: z.number(),
    latest: z.array(
      z.object({
        nodeId: z.string(),
        pool: z.string(),
        simulated: z.boolean(),
        at: z.number(),
        reason: z.string(),
        was: corrected,
        is: corrected,
        difference: amount,
      }),
    ),
  }),
  kinds: z.array(
    z.object({
      simulated: z.boolean(),
      spent: amount,
      tax: amount,
      total: amount,
      kept: amount,
      committed: amount,
      budget: amount,
      withinBudget: z.boolean(),
      forecast: z.object({
        yen: z.number(),
        lowYen: z.number(),
        highYen: z.number(),
        basis: z.string(),
        /** Wall milliseconds; null where the budget is not reached this month. */
        budgetReachedAt: z.number().nullable(),
        budgetReachedEarliest: z.number().nullable(),
      }),
    }),
  ),
});

export type CostReport = z.output<typeof reportSchema>;

export const costReport = route({
  method: 'GET',
  path: '/api/v1/costs/report',
  action: 'cost.read',
  summary: 'The month’s bill: T_n, formula (1) in yen, corrections, forecast against the budget',
  query: z.object({ month }),
  reply: reportSchema,
});

export const intervalSchema = z.object({
  nodeId: z.string(),
  pool: z.string(),
  vm: z.string().nullable(),
  simulated: z.boolean(),
  unitPrice: z.number(),
  from: z.number(),
  to: z.number(),
  source: z.enum([...source.options, 'running']),
  kind: z.enum(['paid', 'allowed', 'orphan', 'overrun']).nullable(),
  corrected: z.string().nullable(),
});

export type CostInterval = z.output<typeof intervalSchema>;

export const costIntervals = route({
  method: 'GET',
  path: '/api/v1/costs/intervals',
  action: 'cost.read',
  summary: 'The intervals of a month, page by page in the order they began',
  query: z.object({
    month,
    after: z
      .string()
      .regex(/^-?\d{1,16}-\d{1,16}$/)
      .optional(),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  reply: z.object({
    month: z.string(),
    timeZone: z.string(),
    intervals: z.array(intervalSchema),
    next: z.string().nullable(),
  }),
});

export const breakdownBy = ['item', 'pool', 'project', 'job', 'person'] as const;

export const breakdownSchema = z.object({
  month: z.string(),
  by: z.enum(breakdownBy),
  rows: z.array(
    z.object({
      kind: z.enum([...breakdownBy, 'none', 'fixed', 'others', 'rest']),
      id: z.number().nullable(),
      name: z.string(),
      project: z.string().nullable(),
      simulated: z.boolean(),
      workMs: z.number().nullable(),
      waitMs: z.number().nullable(),
      /** Hours and yen an hour of one item; null for other rows. */
      quantity: z.number().nullable(),
      unitPrice: z.number().nullable(),
      amount,
      expected: amount.nullable(),
      most: amount.nullable(),
      difference: amount.nullable(),
    }),
  ),
});

export type CostBreakdown = z.output<typeof breakdownSchema>;

export const costBreakdown = route({
  method: 'GET',
  path: '/api/v1/costs/breakdown',
  action: 'cost.read',
  summary: 'Whose money the month’s bill is: by item, pool, project, job or person, without tax',
  query: z.object({
    month,
    by: z.enum(breakdownBy),
    limit: z.coerce.number().int().min(1).max(100_000).default(50),
  }),
  reply: breakdownSchema,
});

export const budgetSchema = z.object({
  yenPerMonth: z.number(),
  source: z.enum(['seto.yaml', 'command']),
  mode: z.enum(['enforce', 'warn']),
  taxRate: z.number(),
  month: z.string(),
  /** Sub-budgets with what each project has spent and keeps, yen with tax; one whose project does not exist limits nobody. */
  projects: z.array(
    z.object({
      project: z.string(),
      exists: z.boolean(),
      yenPerMonth: z.number(),
      committed: z.array(z.object({ simulated: z.boolean(), yen: z.number() })),
    }),
  ),
  kinds: reportSchema.shape.kinds,
});

export const showBudget = route({
  method: 'GET',
  path: '/api/v1/costs/budget',
  action: 'cost.read',
  summary: 'The month’s limit and where the month stands against it',
  reply: budgetSchema,
});

/** What people should know of the month's money. Times are wall milliseconds; `detail` holds the kind's own values. */
export const budgetEventSchema = z.object({
  id: z.number(),
  kind: z.enum([
    'threshold',
    'refused',
    'warned',
    'let_through',
    'spending_stopped',
    'spending_resumed',
    'allowed',
    'orphan',
    'overrun',
  ]),
  month: z.string(),
  /** Null where it concerns both kinds of money. */
  simulated: z.boolean().nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  at: z.number(),
  /** When the log and the webhook had it; null before. */
  toldAt: z.number().nullable(),
});

export const listBudgetEvents = route({
  method: 'GET',
  path: '/api/v1/costs/budget/events',
  action: 'cost.read',
  summary: 'What happened to the budget, newest first: thresholds, refusals, what was let through or stopped',
  query: z.object({
    month: z
      .string()
      .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'input.month' satisfies PhraseKey)
      .optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
  }),
  reply: z.array(budgetEventSchema),
});

export const setBudget = route({
  method: 'PUT',
  path: '/api/v1/costs/budget',
  action: 'budget.manage',
  summary: 'Set the month’s limit, yen with tax',
  body: z.object({ yenPerMonth: z.number().nonnegative().max(1e12) }),
  reply: budgetSchema,
});
