import * as z from 'zod';
import type { PhraseKey } from '../../shared/text.ts';
import { route } from './route.ts';

/** `exact` counts nano-yen·milliseconds/hour: divide by 3.6·10¹⁵ for yen. `yen` is the nearest number. */
const amount = z.object({ exact: z.string(), yen: z.number() });

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
      quantity: z.number(),
      unit: z.enum(['node-hour', 'hour']),
      unitPrice: z.number(),
      nodeHours: z.record(z.string(), z.number()),
      nodeMs: z.record(z.string(), z.number()),
      amount,
      allMonth: amount.nullable(),
    }),
  ),
  intervals: z.array(
    z.object({
      nodeId: z.string(),
      pool: z.string(),
      vm: z.string().nullable(),
      simulated: z.boolean(),
      from: z.number(),
      to: z.number(),
      source: z.enum(['provider', 'node', 'bounded', 'running']),
    }),
  ),
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
  summary: 'The month’s bill: intervals, T_n, formula (1) in yen, forecast against the budget',
  query: z.object({
    month: z
      .string()
      .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'input.month' satisfies PhraseKey)
      .optional(),
  }),
  reply: reportSchema,
});

export const budgetSchema = z.object({
  yenPerMonth: z.number(),
  source: z.enum(['seto.yaml', 'command']),
  mode: z.enum(['enforce', 'warn']),
  taxRate: z.number(),
  month: z.string(),
  /** Sub-budgets with what each project has spent and keeps, yen with tax. */
  projects: z.array(
    z.object({
      project: z.string(),
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
