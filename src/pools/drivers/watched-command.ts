import { leaseFile } from './node-folder.ts';

/**
 * Kills the process group $1 when $2 seconds are over and $3 more, unless the node says in its lease file that it is
 * paid for longer. What stands there comes from the node: only digits are taken, and twelve at most. Being in that
 * group, it keeps its number from being given to others; it ends with the group's leader.
 */
const watch = `trap '' TERM HUP INT
unset PWD
look() { read -r now rest </proc/uptime; now=\${now%%.*}; }
look; ends=$((now + $2))
while kill -0 "$1" 2>/dev/null; do
  look
  if [ $((now - $3)) -ge "$ends" ]; then
    told=
    if [ -f ${leaseFile} ]; then told=$(head -c 12 ${leaseFile}); fi
    case $told in '' | *[!0-9]*) told=0 ;; esac
    if [ "$told" -le $((now - $3)) ]; then kill -s KILL -- "-$1"; fi
    ends=$told
  fi
  sleep 1
done`;

/**
 * Begins only when a line comes on standard input: the sandbox shows the node its note read-only, and a file that is
 * replaced meanwhile cannot be mounted, or stays mounted no longer. Ends if we end before that line. The guard has a
 * clean environment, without PWD too, and no path of the node among its arguments: it is never taken for the node.
 */
const begin = `read -r go || exit 1
guard=$1 lease=$2 overdue=$3; shift 3
if [ -n "$lease" ]; then
  env -i PATH=/usr/local/bin:/usr/bin:/bin /bin/sh -c "$guard" guard $$ "$lease" "$overdue" </dev/null &
fi
exec "$@" </dev/null`;

/**
 * A node's command, to be spawned in the node's folder as a process group of its own. Where it has a lease (`leaseMs`,
 * counted from its beginning), the group is killed `overdueMs` after the lease's end, whether anything of ours ever
 * runs in it or not, and whoever else is alive.
 */
export function watchedCommand(
  argv: readonly string[],
  leaseMs: number | null,
  overdueMs: number,
): [string, ...string[]] {
  const seconds = (ms: number) => String(Math.ceil(ms / 1000));
  const lease = leaseMs === null ? '' : seconds(leaseMs);
  return ['/bin/sh', '-c', begin, 'sh', watch, lease, seconds(overdueMs), ...argv];
}
