/**
 * RLIMIT_CPU: SIGXCPU when a process has run for as many seconds as the soft limit says, and each
 * second after that; SIGKILL at the hard limit.
 *
 * @see kernel/time/posix-cpu-timers.c of Linux 6.18: check_process_timers
 */
import type { ResourceLimits } from '@bareheap/platform-posix';
import type { Process } from '../process/process.ts';
import { sendSignal } from './send-signal.ts';
import { kernelInfo } from './signal-info.ts';
import { SIGKILL, SIGXCPU } from './signal-numbers.ts';

const RLIMIT_CPU = 0;
const SECOND = 1e9;

/** To be called before a process runs on. */
export function checkCpuLimit(process: Process): void {
  const signal = dueSignal(process.space.limits, process.cpuTime);
  if (signal !== 0) sendSignal(process, kernelInfo(signal));
}

/** The signal that is due after so many nanoseconds, 0 for none; it moves the soft limit on. */
export function dueSignal(limits: ResourceLimits, cpuTime: number): number {
  const { soft, hard } = limits.get(RLIMIT_CPU)!;
  if (cpuTime < soft * SECOND) return 0;
  if (cpuTime >= hard * SECOND) return SIGKILL;
  // The kernel, too, does it by the limit itself: getrlimit shows it.
  limits.set(RLIMIT_CPU, { soft: soft + 1, hard });
  return SIGXCPU;
}
