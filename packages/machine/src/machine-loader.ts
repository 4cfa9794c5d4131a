/**
 * The machines by platform, each loaded when a program is for it: the tables of the other two would
 * take a short run half as long again.
 */
import type { openFirmware } from './bare-metal.ts';
import type { openLinux } from './linux/linux-guest.ts';
import type { traceFilter } from './linux/strace/trace-filter.ts';
import type { windowsTraceFilter } from './windows/trace/trace-filter.ts';
import type { openWindows } from './windows/windows-guest.ts';

export interface FirmwareMachine {
  readonly openFirmware: typeof openFirmware;
}

export interface LinuxMachine {
  readonly openLinux: typeof openLinux;
  readonly traceFilter: typeof traceFilter;
}

export interface WindowsMachine {
  readonly openWindows: typeof openWindows;
  readonly traceFilter: typeof windowsTraceFilter;
}

export async function loadFirmware(): Promise<FirmwareMachine> {
  const { openFirmware } = await import('./bare-metal.ts');
  return { openFirmware };
}

export async function loadLinux(): Promise<LinuxMachine> {
  const { openLinux } = await import('./linux/linux-guest.ts');
  const { traceFilter } = await import('./linux/strace/trace-filter.ts');
  return { openLinux, traceFilter };
}

export async function loadWindows(): Promise<WindowsMachine> {
  const { openWindows } = await import('./windows/windows-guest.ts');
  const { windowsTraceFilter } = await import('./windows/trace/trace-filter.ts');
  return { openWindows, traceFilter: windowsTraceFilter };
}
