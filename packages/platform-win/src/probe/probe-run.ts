/**
 * Runs programs of statements on this package as test/probes/win/probe.c runs them on Windows; the
 * language is described there. What a statement gave is a line of text in which addresses are told
 * by where they lie, so that placement does not show.
 */
import { Mmu } from '@bareheap/mmu';
import { checkHeap } from '../heap/heap-check.ts';
import { WinHeap } from '../heap/win-heap.ts';
import { checkSpace } from '../space-check.ts';
import { systemFunction } from '../system-functions.ts';
import { MEM_COMMIT, MEM_RESERVE, PAGE_NOACCESS, PAGE_READWRITE } from '../win-constants.ts';
import { exceptionOfFault } from '../win-fault.ts';
import { makeWinProcess, type WinProcess } from '../win-process.ts';
import { PROBE_CONSTANTS } from './probe-constants.ts';
import { hexText, SCRATCH, SCRATCH_BYTES, X_BYTES, X_START } from './probe-layout.ts';
import { PROBE_OPERATIONS } from './probe-operations.ts';
import type { ProbePort } from './probe-port.ts';

const GRANULE = 65536;
const NEAR_BYTES = 0x10000000;
const UNTOUCHED_ERROR = 0xdeadbeef;
const MEMORY_BYTES = 1 << 30;
const SUFFIXES: Readonly<Record<string, bigint>> = { k: 10n, m: 20n, g: 30n };

/** Ends a statement that raised an exception, with what the probe prints of it. */
class RaisedException extends Error {}

export class ProbeRun implements ProbePort {
  readonly process: WinProcess;
  readonly names: { readonly name: string; value: number }[] = [];
  /** Heaps that were made, for the check. */
  private readonly heaps = new Set<number>();
  private text = '';

  constructor() {
    this.process = makeWinProcess({ mmu: new Mmu({ addressBits: 48, memoryBytes: MEMORY_BYTES }) });
    const fence = [X_START + X_BYTES, GRANULE, MEM_RESERVE, PAGE_NOACCESS];
    const scratch = [SCRATCH, SCRATCH_BYTES, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE];
    for (const words of [fence, scratch]) systemFunction('VirtualAlloc')!.call(this.process, words);
  }

  /** Performs one statement: the line that it gave. */
  perform(line: string): string {
    const words = line.split(' ').filter((word) => word !== '');
    const first = words[1] === '=' ? 2 : 0;
    const operation = PROBE_OPERATIONS[words[first]!];
    const args = words.slice(first + 1).map((word) => this.sum(word));
    if (operation === undefined || operation.count !== args.length) {
      throw new Error(`no such statement: ${line}`);
    }
    this.text = '';
    this.process.lastError = UNTOUCHED_ERROR;
    let value = 0;
    try {
      value = operation.perform(this, args);
    } catch (error) {
      if (!(error instanceof RaisedException)) throw error;
      this.text += error.message;
    }
    if (first !== 0) this.assign(words[0]!, value);
    return this.text;
  }

  /** What is wrong with the space and its heaps, one line each. */
  check(): string[] {
    const { space } = this.process;
    const heaps = [...this.heaps].map((base) => new WinHeap(space, base));
    return [...checkSpace(space), ...heaps.filter((heap) => heap.isAlive).flatMap(checkHeap)];
  }

  dispose(): void {
    this.process.dispose();
  }

  // For operations.

  print(text: string): void {
    this.text += text;
  }

  noteHeap(base: number): void {
    if (base !== 0) this.heaps.add(base);
  }

  /** Calls a system function. */
  call(name: string, ...words: number[]): number {
    const result = systemFunction(name)!.call(this.process, words);
    const { exception } = this.process;
    this.process.exception = null;
    if (exception !== null) throw new RaisedException(`exception ${exception.code.toString(16)}`);
    return result;
  }

  /** Ends the statement when the access that was just made faulted. */
  mayHaveFaulted(): void {
    const { mmu } = this.process.space;
    if (!mmu.faulted) return;
    mmu.faulted = false;
    const { code, parameters } = exceptionOfFault(mmu.fault);
    const [access, address] = parameters;
    throw new RaisedException(
      `exception ${code.toString(16)} ${access} ${this.addressText(address!)}`,
    );
  }

  printError(): void {
    this.print(` error ${this.process.lastError >>> 0}`);
  }

  /** A result whose zero is a failure. */
  printResult(value: number): number {
    this.print(String(value));
    if (value === 0) this.printError();
    return value;
  }

  /** The address that a call placed memory at: only how it is aligned. */
  printPlaced(value: number): number {
    if (value === 0) {
      this.print('0');
      this.printError();
    } else if (value >= X_START && value < X_START + X_BYTES) this.print(this.addressText(value));
    else
      this.print(
        `placed/${value % 4096 !== 0 ? '0x1' : value % GRANULE !== 0 ? '0x1000' : '0x10000'}`,
      );
    return value;
  }

  printBlock(value: number): number {
    if (value === 0) {
      this.print('0');
      this.printError();
    } else this.print(value % 16 === 0 ? 'block' : value % 8 === 0 ? 'block/8' : 'handle');
    return value;
  }

  /** An address as a distance from X or from the closest name below it. */
  addressText(value: number): string {
    if (value >= X_START && value <= X_START + X_BYTES) return `X+${hexText(value - X_START)}`;
    if (value === 0) return '0';
    let best: { readonly name: string; readonly value: number } | null = null;
    for (const one of this.names) {
      const isNear = one.value > 0xffff && one.value <= value && value - one.value < NEAR_BYTES;
      if (isNear && (best === null || one.value >= best.value)) best = one;
    }
    return best === null ? '?' : `${best.name}+${hexText(value - best.value)}`;
  }

  private assign(name: string, value: number): void {
    const known = this.names.find((one) => one.name === name);
    if (known === undefined) this.names.push({ name, value });
    else known.value = value;
  }

  private sum(text: string): number {
    let total = 0n;
    for (const [, operation, term] of text.matchAll(/([+|-]?)([^+|-]+)/g)) {
      const value = this.term(term!);
      if (operation === '|') total |= value;
      else total += operation === '-' ? -value : value;
    }
    return Number(BigInt.asIntN(64, total));
  }

  private term(text: string): bigint {
    if (/^\d/.test(text)) {
      const [, digits, suffix] = /^(0x[\da-f]+|\d+)([kmg]?)$/i.exec(text)!;
      return BigInt(digits!) << (SUFFIXES[suffix!] ?? 0n);
    }
    const found = this.names.find((one) => one.name === text)?.value ?? PROBE_CONSTANTS[text];
    if (found === undefined) throw new Error(`no such name: ${text}`);
    return BigInt(found);
  }
}

/** Runs the statements of a program; the line of each, and what the check found wrong after. */
export function runProbeProgram(statements: readonly string[]): string[] {
  const run = new ProbeRun();
  const lines = statements.map((statement) => run.perform(statement));
  const wrong = run.check();
  run.dispose();
  const { inUse } = run.process.space.mmu.pool;
  if (inUse > 0) wrong.push(`${inUse} frames are left in use`);
  return [...lines, ...wrong];
}
