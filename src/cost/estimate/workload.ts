import * as z from 'zod';

const yen = z.number().nonnegative().max(1e9);

/** A price in yen, or in dollars at the scenario's exchange rate. */
export const priceSchema = z.union(
  [z.strictObject({ yen }), z.strictObject({ usd: z.number().nonnegative().max(1e6) })],
  { error: 'input.price.form' },
);

/** A machine by its size in the price book, or by a price of its own an hour. */
const machineSchema = z.union([z.string().min(1), priceSchema], { error: 'input.scenario.machine' });

export type Machine = z.output<typeof machineSchema>;

/** As `z.int()`, which would keep a fraction from being told together with what fields say of each other. */
export const whole = z.number().superRefine((value, issues) => {
  if (!Number.isInteger(value)) issues.addIssue({ code: 'invalid_type', expected: 'int', input: value });
});

const mbps = z.number().positive().max(1_000_000);
const gb = z.number().nonnegative().max(1_000_000);

/** What is to be done in a month; GB = 10⁹ bytes. */
export const workloadSchema = z.strictObject({
  developers: whole.min(0).max(1000),
  daysPerMonth: z.number().nonnegative().max(31).default(20),
  sessionsPerDay: z.number().nonnegative().max(24).default(1),
  hoursPerSession: z.number().nonnegative().max(24),
  retrainingsPerMonth: z.number().nonnegative().max(10_000),
  minutesPerRetraining: z.number().nonnegative().max(44_640),
  dataGb: gb,
  growthGbPerMonth: gb.default(0),
  picturesPerMonth: z.number().nonnegative().max(1e10).default(0),
  artifactGb: z.number().nonnegative().max(10_000).default(0.1),
  /** As seen from the shop: nodes pull the data against `upMbps`, models come back against `downMbps`. */
  link: z.strictObject({ downMbps: mbps, upMbps: mbps }),
  dataCache: z.enum(['none', 'cloud']).default('none'),
});

const minutes = z.number().nonnegative().max(1440);
const watts = z.number().nonnegative().max(100_000);
const lifeMonths = z.number().positive().max(600);

/**
 * What we take for granted where the scenario says nothing else; docs/estimates.md tells where each figure comes from.
 * `null` stands for a default that depends on the layout (machines) or on the work (maxNodes).
 */
export const assumptionsSchema = z.strictObject({
  vms: z
    .strictObject({
      system: machineSchema.optional(),
      develop: machineSchema.default('Standard_F4s_v2'),
      train: machineSchema.default('Standard_NC4as_T4_v3'),
      operations: machineSchema.default('Standard_D2s_v5'),
    })
    .prefault({}),
  maxNodes: z
    .strictObject({
      develop: whole.min(1).max(1000).optional(),
      train: whole.min(1).max(1000).optional(),
    })
    .prefault({}),
  bootMinutes: minutes.default(5),
  idleTimeoutMinutes: minutes.default(5),
  aksIdleMinutes: minutes.default(10),
  autoscalerDelaySeconds: z.number().nonnegative().max(3600).default(10),
  workdayHours: z.number().positive().max(24).default(8),
  cloudMbps: mbps.default(800),
  osDisk: z.enum(['P4', 'P6', 'P10', 'E4', 'S4', 'ephemeral']).default('P10'),
  systemGb: z.number().nonnegative().max(1000).default(30),
  aksTier: z.enum(['Free', 'Standard']).default('Free'),
  natGateway: z.boolean().default(false),
  ideMbPerHour: z.number().nonnegative().max(1e6).default(50),
  answerKb: z.number().nonnegative().max(1e6).default(2),
  secondsPerPicture: z.number().nonnegative().max(3600).default(0.2),
  onprem: z
    .strictObject({
      lanMbps: mbps.default(1000),
      yenPerKwh: z.number().nonnegative().max(1000).default(31),
      server: z
        .strictObject({
          existing: whole.min(0).max(100).default(1),
          purchaseYen: yen.default(300_000),
          lifeMonths: lifeMonths.default(60),
          watts: watts.default(50),
        })
        .prefault({}),
      disk: z
        .strictObject({
          yenPerGb: z.number().nonnegative().max(10_000).default(3),
          lifeMonths: lifeMonths.default(60),
          copies: z.number().min(1).max(10).default(2),
        })
        .prefault({}),
      workstation: z
        .strictObject({
          purchaseYen: yen.default(500_000),
          lifeMonths: lifeMonths.default(48),
          watts: watts.default(750),
          speed: z.number().positive().max(1000).default(4),
          usableShare: z.number().positive().max(1).default(0.8),
        })
        .prefault({}),
      developerMachine: z
        .strictObject({
          purchaseYen: yen.default(120_000),
          lifeMonths: lifeMonths.default(48),
          watts: watts.default(100),
          developersEach: whole.min(1).max(100).default(1),
        })
        .prefault({}),
    })
    .prefault({}),
});

export type Workload = z.output<typeof workloadSchema>;
export type Assumptions = z.output<typeof assumptionsSchema>;
