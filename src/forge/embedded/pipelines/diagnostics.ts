import { explain, isErrorCode } from '../../../shared/errors.ts';
import type { Lang } from '../../../shared/text/format.ts';
import type { Diagnostic } from './types.ts';

/** `file:line:column: message. What to do.` in the reader's language; warnings say that they are. */
export function renderDiagnostic(diagnostic: Diagnostic, lang: Lang): string {
  const { file, line, column, severity } = diagnostic;
  const { message, remedy } = describeDiagnostic(diagnostic, lang);
  const mark = severity === 'error' ? '' : lang === 'ja' ? '警告: ' : 'warning: ';
  return `${file}:${line}:${column}: ${mark}${message} ${remedy}`;
}

/** Message and remedy; a code of a newer server is shown as it is. */
export function describeDiagnostic(diagnostic: Diagnostic, lang: Lang): { message: string; remedy: string } {
  const { code, values } = diagnostic;
  return isErrorCode(code) ? explain(code, values, lang) : { message: code, remedy: '' };
}
