/** How a function of the guest gets its arguments, gives its result and returns. */
import type { Cpu } from '@bareheap/cpu';
import type { Mmu } from '@bareheap/mmu';
import { unsigned, wordFromHalves } from '@bareheap/platform-posix';

export interface CallConvention {
  /** Bytes of an address in memory. */
  readonly addressBytes: 4 | 8;
  /** What malloc's blocks are aligned to at least. */
  readonly blockAlign: number;
  /** Argument 0 … 3 at a function's first instruction. */
  argument(number: number): number;
  /** Where a function returns to, at its first instruction. */
  returnAddress(): number;
  /** The stack pointer that the caller will have again, at a function's first instruction. */
  callerStack(): number;
  /** The stack pointer as it is now. */
  stackPointer(): number;
  /** What a function has given, when it has returned. */
  result(): number;
  /** Goes back to the caller from a function's first instruction; null: it gives nothing. */
  leave(returnTo: number, result: number | null): void;
}

export interface CallRegisters {
  /** Of the first four arguments; the first has the result too. */
  readonly arguments: readonly number[];
  readonly stackPointer: number;
  /** Of the return address. */
  readonly link: number;
}

/** The convention of 32-bit Arm and RISC-V: everything in registers. */
export function linkConvention(cpu: Cpu, registers: CallRegisters): CallConvention {
  const { arguments: numbers, stackPointer, link } = registers;
  const sp = (): number => cpu.read(stackPointer) >>> 0;
  return {
    addressBytes: 4,
    blockAlign: 8,
    argument: (number) => cpu.read(numbers[number]!) >>> 0,
    returnAddress: () => (cpu.read(link) & ~1) >>> 0,
    callerStack: sp,
    stackPointer: sp,
    result: () => cpu.read(numbers[0]!) >>> 0,
    leave: (returnTo, result) => {
      if (result !== null) cpu.write(numbers[0]!, result | 0);
      cpu.pc = returnTo;
    },
  };
}

const WORD_BYTES = 8;
const HIGH = 2 ** 32;
/** CALL leaves the return address on the stack. */
const RETURN_BYTES = WORD_BYTES;

/** The convention of x86-64 in Unix programs. @see System V ABI, AMD64 supplement, 3.2.3 */
export function systemVConvention(cpu: Cpu, mmu: Mmu): CallConvention {
  return wideConvention(cpu, mmu, ['rdi', 'rsi', 'rdx', 'rcx']);
}

/** The convention of x86-64 in Windows programs. @see Microsoft, x64 calling convention */
export function microsoftConvention(cpu: Cpu, mmu: Mmu): CallConvention {
  return wideConvention(cpu, mmu, ['rcx', 'rdx', 'r8', 'r9']);
}

function wideConvention(cpu: Cpu, mmu: Mmu, names: readonly string[]): CallConvention {
  const numbers = names.map((name) => cpu.registerNumber(name));
  const [rax, rsp] = [cpu.registerNumber('rax'), cpu.registerNumber('rsp')];
  const read = (register: number): number =>
    unsigned(wordFromHalves(cpu.readHigh(register), cpu.readLow(register)));
  const write = (register: number, value: number): void =>
    cpu.writeHalves(register, value | 0, Math.floor(value / HIGH) | 0);
  return {
    addressBytes: WORD_BYTES,
    blockAlign: 16,
    argument: (number) => read(numbers[number]!),
    returnAddress: () => loadAddress(mmu, read(rsp), WORD_BYTES),
    callerStack: () => read(rsp) + RETURN_BYTES,
    stackPointer: () => read(rsp),
    result: () => read(rax),
    leave: (returnTo, result) => {
      if (result !== null) write(rax, result);
      write(rsp, read(rsp) + RETURN_BYTES);
      cpu.pc = returnTo;
    },
  };
}

/** An address that the guest's memory holds; 0 when it cannot be read. */
export function loadAddress(mmu: Mmu, at: number, bytes: 4 | 8): number {
  const low = mmu.loadSlow(at, bytes) >>> 0;
  const { faulted, high } = mmu;
  mmu.faulted = false;
  if (faulted) return 0;
  return bytes === WORD_BYTES ? unsigned(wordFromHalves(high, low)) : low;
}

/** Stores an address where the guest may write; what cannot be written is left. */
export function storeAddress(mmu: Mmu, at: number, bytes: 4 | 8, value: number): void {
  mmu.storeSlow(at, bytes, value | 0, Math.floor(value / HIGH) | 0);
  mmu.faulted = false;
}
