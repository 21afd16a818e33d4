/** One word of a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const green = '\u001b[32;1m';
const reset = '\u001b[0;m';

/** The line GitLab shows before each command; of a command of several lines the first. */
export function commandLine(command: string): string {
  const [first = '', ...more] = command.split('\n');
  const isLong = more.some((line) => line.trim() !== '');
  return `${green}$ ${first}${isLong ? ' # collapsed multi-line command' : ''}${reset}`;
}

/**
 * All commands of a step in one shell, as GitLab does: each shown, then run; the first that fails ends the step with
 * its exit code. `pipefail` only where the shell knows it (bash does, dash learnt it late).
 */
export function stepScript(commands: readonly string[], shell: 'bash' | 'sh'): string {
  const head =
    shell === 'bash'
      ? ['#!/usr/bin/env bash', 'set -eo pipefail', 'set +o noclobber']
      : ['#!/bin/sh', 'set -e', '(set -o pipefail) 2>/dev/null && set -o pipefail'];
  const body = commands.flatMap((command) => [`printf '%s\\n' ${quote(commandLine(command))}`, command]);
  return `${[...head, ...body].join('\n')}\n`;
}

/** A foldable section of the log (GitLab's markers). Times are wall seconds. */
export function sectionStart(name: string, seconds: number, title: string): string {
  return `section_start:${seconds}:${name}\r\u001b[0K\u001b[0K\u001b[36;1m${title}${reset}\n`;
}

export function sectionEnd(name: string, seconds: number): string {
  return `\nsection_end:${seconds}:${name}\r\u001b[0K`;
}
