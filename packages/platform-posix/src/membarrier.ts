/**
 * membarrier in the forms that do nothing here: one CPU runs every thread, so each barrier has
 * been passed when the call returns. What is left is the bookkeeping of registrations.
 *
 * @see kernel/sched/membarrier.c of Linux 6.18
 */
import type { AddressSpace } from './address-space.ts';
import { EINVAL, EPERM } from './errno.ts';

const QUERY = 0;
const GET_REGISTRATIONS = 1 << 9;
/** The one command that takes a flag: the CPU number counts. */
const PRIVATE_EXPEDITED_RSEQ = 1 << 7;
const FLAG_CPU = 1;

/** Commands that a registration must come before, with the registration's command. */
const NEEDS_REGISTRATION: Readonly<Record<number, number>> = {
  [1 << 3]: 1 << 4,
  [1 << 5]: 1 << 6,
  [PRIVATE_EXPEDITED_RSEQ]: 1 << 8,
};
const SPECIAL = (1 << 6) | (1 << 8);
const REGISTRATIONS = (1 << 2) | (1 << 4) | (1 << 6) | (1 << 8);

/** Performs a command: 0 or a mask of commands; -EINVAL; -EPERM when it was not registered. */
export function membarrier(space: AddressSpace, command: number, flags: number): number {
  const allowed = command === PRIVATE_EXPEDITED_RSEQ ? FLAG_CPU : 0;
  if ((flags & ~allowed) !== 0) return -EINVAL;
  const known = space.profile.membarrierCommands;
  if (command === QUERY) return known;
  if (command === GET_REGISTRATIONS) {
    const registered = space.membarrierRegistrations;
    // The special barriers are told as the plain one too, which they do not allow.
    return (registered & SPECIAL) === 0 ? registered : registered | (1 << 4);
  }
  const isOne = (command & (command - 1)) === 0;
  if (!isOne || (command & known) === 0) return -EINVAL;
  if ((command & REGISTRATIONS) !== 0) {
    space.membarrierRegistrations |= command;
    return 0;
  }
  const registration = NEEDS_REGISTRATION[command];
  if (registration === undefined) return 0;
  return (space.membarrierRegistrations & registration) === 0 ? -EPERM : 0;
}
