/** Exception numbers of the M-profile (Armv7-M ARM B1.5.2, table B1-4). */

export const RESET = 1;
export const NMI = 2;
export const HARD_FAULT = 3;
export const MEM_MANAGE = 4;
export const BUS_FAULT = 5;
export const USAGE_FAULT = 6;
export const SV_CALL = 11;
export const DEBUG_MONITOR = 12;
export const PEND_SV = 14;
export const SYS_TICK = 15;
export const FIRST_IRQ = 16;

const NAMES: readonly string[] = [
  'Thread',
  'Reset',
  'NMI',
  'HardFault',
  'MemManage',
  'BusFault',
  'UsageFault',
  'reserved 7',
  'reserved 8',
  'reserved 9',
  'reserved 10',
  'SVCall',
  'DebugMonitor',
  'reserved 13',
  'PendSV',
  'SysTick',
];

export function exceptionName(exception: number): string {
  return NAMES[exception] ?? `IRQ ${exception - FIRST_IRQ}`;
}
