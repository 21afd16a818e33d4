import type { Expression } from './expression.ts';
import type { Place } from './node.ts';
import type { Changes } from './rule-paths.ts';
import type {
  PipelinePlan,
  PlannedArtifacts,
  PlannedCache,
  PlannedEnvironment,
  PlannedImage,
  PlannedRetry,
  PlannedService,
  PlannedVariable,
  When,
} from './types.ts';

/** A CI file after includes, `extends`, `!reference` and defaults, before any rule was asked. */
export interface CiConfig {
  file: string;
  /** With `.pre` first and `.post` last. */
  stages: readonly string[];
  variables: readonly PlannedVariable[];
  workflow: CiWorkflow;
  jobs: readonly CiJob[];
}

export interface CiWorkflow {
  name: string | null;
  rules: readonly CiRule[] | null;
  autoCancel: PipelinePlan['autoCancel'];
}

export type AllowFailure = boolean | { exitCodes: readonly number[] };

/** One combination of `parallel:matrix`: variable → value, in the order written. */
export type Combination = readonly (readonly [name: string, value: string])[];

export interface CiNeed {
  job: string;
  at: Place;
  optional: boolean;
  artifacts: boolean;
  matrix: readonly Combination[] | null;
}

export interface CiRule {
  at: Place;
  if: Expression | null;
  changes: Changes | null;
  exists: readonly string[] | null;
  when: When | 'never' | null;
  startInMs: number | null;
  allowFailure: AllowFailure | null;
  variables: readonly PlannedVariable[];
  interruptible: boolean | null;
  needs: readonly CiNeed[] | null;
  autoCancel: Partial<PipelinePlan['autoCancel']>;
}

/** `only` or `except`; null = that key was not given. */
export interface CiFilter {
  refs: readonly string[] | null;
  variables: readonly Expression[] | null;
  changes: Changes | null;
}

export interface CiJob {
  name: string;
  at: Place;
  stage: string;
  stageAt: Place;
  beforeScript: readonly string[];
  script: readonly string[];
  afterScript: readonly string[];
  image: PlannedImage | null;
  services: readonly PlannedService[];
  tags: readonly string[];
  variables: readonly PlannedVariable[];
  /** Which top-level variables the job takes: all, none or those named. */
  inheritVariables: boolean | readonly string[];
  needs: readonly CiNeed[] | null;
  dependencies: readonly { job: string; at: Place }[] | null;
  rules: readonly CiRule[] | null;
  only: CiFilter | null;
  except: CiFilter | null;
  when: When;
  startInMs: number | null;
  allowFailure: AllowFailure;
  timeoutMs: number | null;
  retry: PlannedRetry;
  parallel: number | readonly Combination[] | null;
  resourceGroup: string | null;
  environment: PlannedEnvironment | null;
  interruptible: boolean;
  coverage: string | null;
  idTokens: readonly { name: string; aud: readonly string[] }[];
  artifacts: PlannedArtifacts | null;
  cache: readonly PlannedCache[];
  hooks: { preGetSourcesScript: readonly string[] };
  manualConfirmation: string | null;
  pages: boolean;
}
