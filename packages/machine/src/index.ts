export { openFirmware } from './bare-metal.ts';
export type { Board, DeviceRange, MemoryRange } from './board/board.ts';
export { BOARDS } from './board/boards.ts';
export type { Firmware } from './firmware.ts';
export {
  type CpuFactory,
  type CpuParts,
  type FirmwareOptions,
  HEAP_CHOICES,
  type HeapChoice,
} from './firmware-options.ts';
export type { Guest } from './guest.ts';
export type {
  ConsoleStream,
  FileFailure,
  FilePort,
  FileResult,
  HostPort,
  OpenFlags,
} from './host-port.ts';
export type {
  HostFile,
  HostKind,
  HostStatus,
  HostTime,
  HostTree,
} from './host-tree.ts';
export { openLinux } from './linux/linux-guest.ts';
export type { LinuxOptions } from './linux/linux-options.ts';
export { traceFilter } from './linux/strace/trace-filter.ts';
export { MachineError, type MachineErrorCode } from './machine-error.ts';
export {
  type FirmwareMachine,
  type LinuxMachine,
  loadFirmware,
  loadLinux,
  loadWindows,
  type WindowsMachine,
} from './machine-loader.ts';
export { FAULT_CODE, LIMIT_CODE, type RunEnd, type RunLimits } from './run-end.ts';
export type { FilterResult, TraceFilter, TraceOptions } from './trace-filter.ts';
export { windowsTraceFilter } from './windows/trace/trace-filter.ts';
export { openWindows } from './windows/windows-guest.ts';
export type { WindowsOptions } from './windows/windows-options.ts';
