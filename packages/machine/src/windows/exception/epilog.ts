/**
 * Epilogs are known by their instructions alone: an addition to the stack pointer or LEA from the
 * frame register, pops, and a return or a jump out of the function.
 */
import type { UnwindInfo } from '@bareheap/image';
import type { ProcessMemory } from '../process/process-memory.ts';
import { CONTEXT_RIP, contextRegister, contextStack, restoreRegister } from './context-record.ts';
import type { RuntimeFunction } from './runtime-function.ts';

const REX_W = 0x48;
/** An instruction of at most this many bytes, and pops of all registers. */
const WINDOW = 48;

type Step =
  | { readonly kind: 'adjust'; readonly length: number; readonly bytes: number }
  | {
      readonly kind: 'frame';
      readonly length: number;
      readonly register: number;
      readonly bytes: number;
    }
  | { readonly kind: 'pop'; readonly length: number; readonly register: number }
  | { readonly kind: 'return' }
  | { readonly kind: 'jump'; readonly target: number };

/** Whether the code at `pc` is the rest of an epilog. */
export function isInEpilog(
  memory: ProcessMemory,
  pc: number,
  entry: RuntimeFunction,
  info: UnwindInfo,
): boolean {
  const code = readCode(memory, pc);
  const begin = entry.imageBase + entry.begin;
  const end = entry.imageBase + entry.end;
  let isFirst = true;
  for (let at = 0; ; ) {
    const step = stepAt(code, at, pc);
    if (step === null) return false;
    if (step.kind === 'return') return true;
    if (step.kind === 'jump') return step.target < begin || step.target >= end;
    if (step.kind !== 'pop' && !isFirst) return false;
    if (step.kind === 'frame' && step.register !== info.frameRegister) return false;
    isFirst = false;
    at += step.length;
  }
}

/**
 * Does what is left of the epilog to the context.
 *
 * @param pointers  KNONVOLATILE_CONTEXT_POINTERS to tell where registers were found, or 0
 */
export function leaveEpilog(
  memory: ProcessMemory,
  pc: number,
  context: number,
  pointers: number,
): void {
  const code = readCode(memory, pc);
  const place = contextStack(context);
  for (let at = 0; ; ) {
    const step = stepAt(code, at, pc);
    const stack = memory.u64(place);
    if (step === null || step.kind === 'return' || step.kind === 'jump') {
      memory.setU64(context + CONTEXT_RIP, memory.u64(stack));
      memory.setU64(place, stack + 8);
      return;
    }
    if (step.kind === 'adjust') memory.setU64(place, stack + step.bytes);
    else if (step.kind === 'frame') {
      memory.setU64(place, memory.u64(contextRegister(context, step.register)) + step.bytes);
    } else {
      restoreRegister(memory, { context, pointers }, step.register, stack);
      memory.setU64(place, stack + 8);
    }
    at += step.length;
  }
}

function readCode(memory: ProcessMemory, pc: number): DataView {
  const code = new Uint8Array(WINDOW);
  code.set(memory.read(pc, WINDOW));
  memory.mmu.faulted = false;
  return new DataView(code.buffer);
}

function stepAt(code: DataView, at: number, pc: number): Step | null {
  if (at + 8 > WINDOW) return null;
  const first = code.getUint8(at);
  const second = code.getUint8(at + 1);
  if (first === 0xc3 || first === 0xc2 || (first === 0xf3 && second === 0xc3)) {
    return { kind: 'return' };
  }
  if (first === 0xeb) return { kind: 'jump', target: pc + at + 2 + code.getInt8(at + 1) };
  if (first === 0xe9) return { kind: 'jump', target: pc + at + 5 + code.getInt32(at + 1, true) };
  if (first >= 0x58 && first <= 0x5f) return { kind: 'pop', length: 1, register: first - 0x58 };
  if (first === 0x41 && second >= 0x58 && second <= 0x5f) {
    return { kind: 'pop', length: 2, register: second - 0x50 };
  }
  return (first & ~1) === REX_W ? wideStep(code, at) : null;
}

/** ADD RSP, n, or LEA RSP, [frame + n]. */
function wideStep(code: DataView, at: number): Step | null {
  const operation = code.getUint8(at + 1);
  const form = code.getUint8(at + 2);
  const byte = code.getInt8(at + 3);
  if (operation === 0x83 && form === 0xc4) return { kind: 'adjust', length: 4, bytes: byte };
  const word = code.getInt32(at + 3, true);
  if (operation === 0x81 && form === 0xc4) return { kind: 'adjust', length: 7, bytes: word };
  if (operation !== 0x8d || (form & 0x38) !== 0x20) return null;
  const register = (form & 7) + (code.getUint8(at) & 1) * 8;
  const mode = form >> 6;
  if ((form & 7) === 4) return null;
  if (mode === 1) return { kind: 'frame', length: 4, register, bytes: byte };
  return mode === 2 ? { kind: 'frame', length: 7, register, bytes: word } : null;
}
