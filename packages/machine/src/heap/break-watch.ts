/**
 * Watches where the guest's own heap and its stack meet. The C library's heap grows by `_sbrk`,
 * which returns the old break (newlib, picolibc); many boards' `_sbrk` lets it pass the stack
 * pointer without a word, and nothing stops a stack that grows down into the heap.
 */
import type { Cpu } from '@bareheap/cpu';
import type { SymbolTable } from '@bareheap/image';
import type { Finding, Moment } from '@bareheap/inspect';
import type { CallConvention } from './call-convention.ts';
import type { HeapLedger } from './heap-ledger.ts';

export interface BreakWatchParts {
  readonly cpu: Cpu;
  readonly convention: CallConvention;
  readonly callers: (returnTo: number) => Moment;
  readonly onFinding: (finding: Finding) => void;
  /** Where the heap begins; null: at the first break. */
  readonly heapStart: number | null;
}

interface BreakCall {
  readonly increment: number;
  readonly returnTo: number;
  readonly stackPointer: number;
  readonly moment: Moment;
}

/** Functions that move the break, and which argument says by how much. */
const BREAK_FUNCTIONS: readonly (readonly [name: string, argument: number])[] = [
  ['_sbrk', 0],
  ['sbrk', 0],
  ['_sbrk_r', 1],
];
/**
 * A live block of so many bytes may be a thread's stack that the program allocated: FreeRTOS's
 * smallest stacks (configMINIMAL_STACK_SIZE, 60 … 128 words) are hardly smaller.
 */
const LEAST_THREAD_STACK = 256;

const hex = (value: number): string => `0x${value.toString(16)}`;

export class BreakWatch {
  private readonly parts: BreakWatchParts;
  private readonly ledger: HeapLedger;
  private readonly entries = new Map<number, number>();
  private readonly returns = new Set<number>();
  private pending: BreakCall | null = null;
  private start: number;
  private end = 0;
  private isBreakReported = false;
  private isStackReported = false;

  constructor(parts: BreakWatchParts, symbols: SymbolTable, ledger: HeapLedger) {
    this.parts = parts;
    this.ledger = ledger;
    this.start = parts.heapStart ?? Number.POSITIVE_INFINITY;
    for (const [name, argument] of BREAK_FUNCTIONS) {
      const symbol = symbols.byName(name);
      if (symbol === null || symbol.kind === 'object') continue;
      this.entries.set(symbol.address, argument);
      parts.cpu.setBreakpoint(symbol.address);
    }
  }

  /** The engine stopped at a breakpoint, ours or not. */
  stopped(pc: number): void {
    const { convention } = this.parts;
    const sp = convention.stackPointer();
    const { pending } = this;
    if (pending !== null && pc === pending.returnTo && sp === pending.stackPointer) {
      this.pending = null;
      this.moved(pending, convention.result());
    }
    const argument = this.entries.get(pc);
    if (argument !== undefined) this.called(argument, sp);
  }

  /** A heap function begins: its caller's stack pointer must not be in the heap's used part. */
  checkStack(sp: number, returnTo: number, moment: Moment): void {
    const end = Math.max(this.end, this.ledger.highest);
    if (this.isStackReported || sp < this.start || sp >= end) return;
    const block = this.ledger.near(sp, 0);
    if (block !== null && block.size >= LEAST_THREAD_STACK) return;
    this.isStackReported = true;
    this.parts.onFinding({
      kind: 'heap-stack-collision',
      address: sp,
      pc: returnTo,
      stack: moment.stack,
      instruction: moment.instruction,
      place: { name: 'the heap', start: this.start, end },
      message: `the stack pointer ${hex(sp)} is in the heap, which is used up to ${hex(end)}`,
    });
  }

  /** Of a function that calls another of them the inner call counts. */
  private called(argument: number, sp: number): void {
    const { cpu, convention, callers } = this.parts;
    const returnTo = convention.returnAddress();
    const increment = convention.argument(argument) | 0;
    this.pending = { increment, returnTo, stackPointer: sp, moment: callers(returnTo) };
    if (this.returns.has(returnTo)) return;
    this.returns.add(returnTo);
    cpu.setBreakpoint(returnTo);
  }

  private moved(call: BreakCall, old: number): void {
    if (old === 0xffffffff) return;
    const { increment, stackPointer, returnTo, moment } = call;
    this.start = Math.min(this.start, old);
    this.end = old + increment;
    const isAbove = stackPointer > this.start && this.end > stackPointer;
    if (this.isBreakReported || !isAbove) return;
    this.isBreakReported = true;
    const by = this.end - stackPointer;
    this.parts.onFinding({
      kind: 'heap-stack-collision',
      address: this.end,
      size: increment,
      pc: returnTo,
      stack: moment.stack,
      instruction: moment.instruction,
      place: { name: 'the stack', start: stackPointer },
      message: `the break moves to ${hex(this.end)}, ${by} bytes past the stack pointer ${hex(stackPointer)}`,
    });
  }
}
