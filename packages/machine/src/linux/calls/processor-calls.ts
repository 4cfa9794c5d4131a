/** Calls about the processor itself. @see arch/x86/kernel/process_64.c */

import type { Cpu } from '@bareheap/cpu';
import { TASK_SIZE } from '@bareheap/platform-posix';
import { EFAULT, EINVAL, EPERM } from '../file/errno.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';

const ARCH_SET_GS = 0x1001;
const ARCH_SET_FS = 0x1002;
const ARCH_GET_FS = 0x1003;
const ARCH_GET_GS = 0x1004;
const WORD = 2 ** 32;

function setBase(cpu: Cpu, register: string, address: number): number {
  if (address < 0 || address >= TASK_SIZE) return -EPERM;
  cpu.writeHalves(cpu.registerNumber(register), (address % WORD) | 0, Math.floor(address / WORD));
  return 0;
}

function getBase(thread: Thread, register: string, address: number): number {
  const { cpu } = thread.process;
  const base = cpu.read(cpu.registerNumber(register));
  return thread.memory.storeWord(address, base) ? 0 : -EFAULT;
}

const CODES: Readonly<Record<number, (thread: Thread, address: number) => number>> = {
  [ARCH_SET_FS]: (thread, address) => setBase(thread.process.cpu, 'fsbase', address),
  [ARCH_SET_GS]: (thread, address) => setBase(thread.process.cpu, 'gsbase', address),
  [ARCH_GET_FS]: (thread, address) => getBase(thread, 'fsbase', address),
  [ARCH_GET_GS]: (thread, address) => getBase(thread, 'gsbase', address),
};

function archPrctl(thread: Thread, words: Words): number {
  return CODES[words[0]! | 0]?.(thread, words[1]!) ?? -EINVAL;
}

export const PROCESSOR_CALLS: readonly SystemCall[] = [
  {
    name: 'arch_prctl',
    number: 158,
    arguments: ['arch-prctl-code', 'address'],
    result: 'int',
    call: archPrctl,
  },
];
