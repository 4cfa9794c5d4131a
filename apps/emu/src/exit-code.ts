/** Exit statuses that are bareheap's own; a guest's own status and a fault's come from the run. */

/** Bad usage, or a file that cannot be run. */
export const EXIT_USAGE = 2;
/** A mistake in bareheap itself, EX_SOFTWARE of sysexits. */
export const EXIT_BUG = 70;
/** Whoever read our output went away: 128 + SIGPIPE. */
export const EXIT_PIPE = 141;

/** What a process can say of a status: its low eight bits, as exit(3) has it. */
export function processStatus(code: number): number {
  return code & 0xff;
}
