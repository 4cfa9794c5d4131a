/**
 * Sets errno as the C library would, where a call that we served has failed. Where errno of a thread
 * lies only the library knows: its `__errno_location` is called, by the program itself, on the way
 * back to who called malloc. A program without that function, such as a stripped static one, keeps
 * its errno.
 *
 * @see Linux Standard Base 5.0, Core: __errno_location
 */
import type { Cpu } from '@bareheap/cpu';
import type { Mmu } from '@bareheap/mmu';
import { unsigned, wordFromHalves } from '@bareheap/platform-posix';
import { storeAddress } from '../../heap/call-convention.ts';
import type { Thread } from '../process/thread.ts';

const WORD_BYTES = 8;
const HIGH = 2 ** 32;

/** A call of `__errno_location` that has not returned. */
interface ErrnoCall {
  readonly returnTo: number;
  readonly stackPointer: number;
  readonly value: number;
}

export class GuestErrno {
  private readonly cpu: Cpu;
  private readonly mmu: Mmu;
  private readonly rax: number;
  private readonly rsp: number;
  /** By the thread that makes it, which may end before it returns. */
  private readonly calls = new WeakMap<Thread, ErrnoCall>();

  constructor(cpu: Cpu, mmu: Mmu) {
    this.cpu = cpu;
    this.mmu = mmu;
    this.rax = cpu.registerNumber('rax');
    this.rsp = cpu.registerNumber('rsp');
  }

  /** Lets a thread, whose call has just returned 0, set errno before it goes on. */
  set(thread: Thread, location: number, value: number): void {
    const { cpu } = this;
    const returnTo = cpu.pc;
    const stackPointer = this.read(this.rsp);
    this.calls.set(thread, { returnTo, stackPointer, value });
    cpu.setBreakpoint(returnTo);
    const at = stackPointer - WORD_BYTES;
    storeAddress(this.mmu, at, WORD_BYTES, returnTo);
    this.write(this.rsp, at);
    cpu.pc = location;
  }

  /** A thread's engine stopped at a breakpoint: the library may have answered. */
  stopped(thread: Thread): void {
    const call = this.calls.get(thread);
    if (call === undefined || this.cpu.pc !== call.returnTo) return;
    if (this.read(this.rsp) !== call.stackPointer) return;
    this.calls.delete(thread);
    this.mmu.storeSlow(this.read(this.rax), 4, call.value);
    this.mmu.faulted = false;
    this.write(this.rax, 0);
  }

  private read(register: number): number {
    return unsigned(wordFromHalves(this.cpu.readHigh(register), this.cpu.readLow(register)));
  }

  private write(register: number, value: number): void {
    this.cpu.writeHalves(register, value | 0, Math.floor(value / HIGH) | 0);
  }
}
