import { errors as core } from './errors/core.ts';
import { errors as costs } from './errors/costs.ts';
import { errors as datasets } from './errors/datasets.ts';
import { errors as deployments } from './errors/deployments.ts';
import { errors as forge } from './errors/forge.ts';
import { errors as identity } from './errors/identity.ts';
import { errors as images } from './errors/images.ts';
import { errors as models } from './errors/models.ts';
import { errors as monitoring } from './errors/monitoring.ts';
import { errors as pipelines } from './errors/pipelines.ts';
import { errors as platform } from './errors/platform.ts';
import { errors as pools } from './errors/pools.ts';
import { errors as runner } from './errors/runner.ts';
import { errors as serving } from './errors/serving.ts';
import { type ErrorEntry, format, type Lang, printable, type Values } from './text/format.ts';
import type { NounKind } from './text/nouns.ts';
import { phrase } from './text.ts';

/** Every error a user can meet: code → status, message and remedy in both languages. One file a domain. */
export const catalogue = {
  ...core,
  ...platform,
  ...identity,
  ...forge,
  ...pipelines,
  ...runner,
  ...datasets,
  ...models,
  ...images,
  ...deployments,
  ...serving,
  ...monitoring,
  ...pools,
  ...costs,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof catalogue;

/** An error as it crosses the wire: the code and its values travel, so each reader renders its own language. */
export interface ErrorBody {
  error: { code: string; message: string; remedy: string; retryable: boolean; values: Values };
}

/** An error from the catalogue. `detail` is private: it goes to the log, never to the user. */
export class SetoError extends Error {
  readonly code: ErrorCode;
  readonly values: Values;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, values: Values = {}, options: { cause?: unknown; detail?: string } = {}) {
    super(render(code, values, 'en'), options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SetoError';
    this.code = code;
    this.values = values;
    this.detail = options.detail;
  }

  /** HTTP status of this error. */
  get status(): number {
    return catalogue[this.code].status;
  }

  /** Exit code of a command that ends with this error (see docs/errors.md). */
  get exitCode(): number {
    return (catalogue[this.code] as ErrorEntry).exit ?? 1;
  }

  toBody(lang: Lang): ErrorBody {
    return {
      error: {
        code: this.code,
        ...explain(this.code, this.values, lang),
        retryable: (catalogue[this.code] as ErrorEntry).retryable ?? false,
        values: this.values,
      },
    };
  }
}

/** Makes an error from the catalogue: `throw fault('data.unknown', { name })`. */
export function fault(
  code: ErrorCode,
  values: Values = {},
  options: { cause?: unknown; detail?: string } = {},
): SetoError {
  return new SetoError(code, values, options);
}

/** `core.not_found` of a thing of this kind; `name` is as its owner wrote it. */
export function missing(kind: NounKind, name: string | number, options: { cause?: unknown } = {}): SetoError {
  return fault('core.not_found', { what: phrase(`noun.${kind}`, { name }) }, options);
}

/** Message and remedy of a code in one language. */
export function explain(code: ErrorCode, values: Values, lang: Lang): { message: string; remedy: string } {
  const entry: ErrorEntry = catalogue[code];
  return {
    message: visible(render(code, values, lang)),
    remedy: visible(format(entry.remedy[lang], values, lang)),
  };
}

/** A message with its lines; else printable, since it quotes files of strangers. */
function visible(text: string): string {
  return text.replace(/(?!\r\n)[^\P{Cc}\n\t]/gu, (character) => printable(character));
}

/**
 * A message whose `{reason}` is another error's carries that error's code as `because` and its values among its own,
 * so that the reason too is told in the reader's language.
 */
function render(code: ErrorCode, values: Values, lang: Lang): string {
  const { because } = values;
  const reason =
    typeof because === 'string' && because !== code && isErrorCode(because)
      ? { reason: format(catalogue[because][lang], values, lang) }
      : {};
  return format(catalogue[code][lang], { ...values, ...reason }, lang);
}

/** Narrows a code from the wire to one this program knows. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}
