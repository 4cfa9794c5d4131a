/**
 * Finds the entry of a function: in the `.pdata` of the image that its code is in, or in what the
 * program told of code that it made.
 */
import { RUNTIME_FUNCTION_BYTES } from '@bareheap/image';
import { callBelow, PAUSE, type Step } from '../call-steps.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { type RuntimeFunction, readEntry } from './runtime-function.ts';

/** Entries that a walk looks at in one go. */
const WORK_LIMIT = 1 << 16;

/** Null for code without an entry: a leaf function, or no function at all. */
export function* functionAt(
  process: WindowsProcess,
  pc: number,
  below: number,
): Generator<Step, RuntimeFunction | null, number> {
  const { memory, dynamicTables } = process;
  if (dynamicTables.looked++ >= WORK_LIMIT) {
    dynamicTables.looked = 0;
    yield PAUSE;
  }
  const inImage = functionOfImage(process, pc);
  if (inImage !== null) return inImage;
  const found = dynamicTables.find(memory, pc);
  memory.mmu.faulted = false;
  if (found === null || !('kind' in found)) return found;
  const at = yield callBelow(below, found.callback, pc, found.context);
  return at === 0 ? null : readEntry(memory, at, found.base);
}

function functionOfImage(process: WindowsProcess, pc: number): RuntimeFunction | null {
  const module = process.moduleAt(pc);
  const pe = module?.plan?.pe;
  if (module === null || pe === undefined) return null;
  const rva = pc - module.base;
  const { functions, functionsRva } = pe;
  let low = 0;
  let high = functions.length / 3;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (functions[middle * 3]! <= rva) low = middle + 1;
    else high = middle;
  }
  const at = (low - 1) * 3;
  if (low === 0 || rva >= functions[at + 1]!) return null;
  return {
    imageBase: module.base,
    address: module.base + functionsRva + (low - 1) * RUNTIME_FUNCTION_BYTES,
    begin: functions[at]!,
    end: functions[at + 1]!,
    unwind: functions[at + 2]!,
  };
}
