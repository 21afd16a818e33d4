/**
 * What the wrappers (prlimit, setpriv, bwrap) must not see of a job's environment, since they run outside the sandbox
 * and the job's author chooses the values: glibc's own list of variables dangerous to privileged programs
 * (sysdeps/generic/unsecvars.h), message catalogues, and what shells obey.
 */
const unsafe =
  /^(?:LD_.*|GLIBC_.*|GCONV_PATH|GETCONF_DIR|HOSTALIASES|LOCALDOMAIN|LOCPATH|MALLOC_.*|NIS_PATH|NLSPATH|RESOLV_.*|RES_OPTIONS|TMPDIR|TZ|TZDIR|LANG|LANGUAGE|LC_.*|TEXTDOMAIN.*|ENV|BASH_.*|BASHOPTS|SHELLOPTS|IFS|PS4|CDPATH|PATH|PWD|HOME)$/;

/**
 * Splits an environment: `through` is inherited (so that secrets stand in no command line, which every local user can
 * read), `named` must be given by name to the wrapper that enters the sandbox.
 */
export function splitEnvironment(env: Readonly<Record<string, string>>): {
  through: Record<string, string>;
  named: [string, string][];
} {
  const through: Record<string, string> = {};
  const named: [string, string][] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value.includes('\0') || name === '' || /[=\0]/.test(name)) continue;
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !unsafe.test(name)) through[name] = value;
    else named.push([name, value]);
  }
  return { through, named };
}
