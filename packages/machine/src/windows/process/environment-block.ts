/**
 * The process and thread environment blocks, and the process parameters, as programs read them
 * through GS. Offsets are those of 64-bit Windows.
 *
 * @see Microsoft, winternl.h; the public symbols of ntdll
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { PAGE_GUARD, PAGE_READWRITE } from './page-access.ts';
import { type ProcessMemory, wideBytes } from './process-memory.ts';

export const TEB = {
  exceptionList: 0x00,
  stackBase: 0x08,
  stackLimit: 0x10,
  self: 0x30,
  processId: 0x40,
  threadId: 0x48,
  tlsPointer: 0x58,
  peb: 0x60,
  lastError: 0x68,
  deallocationStack: 0x1478,
  tlsSlots: 0x1480,
  guaranteedBytes: 0x1748,
} as const;

export const PEB = {
  imageBase: 0x10,
  parameters: 0x20,
  processHeap: 0x30,
  processorCount: 0xb8,
  globalFlags: 0xbc,
  majorVersion: 0x118,
  minorVersion: 0x11c,
  buildNumber: 0x120,
  platform: 0x124,
} as const;

const TEB_BYTES = 0x2000;
/** Room for a thread's TLS array behind its TEB: addresses of the blocks of 128 images. */
const TLS_ARRAY_BYTES = 0x400;
const STACK_GUARD_PAGES = 3;
const PARAMETER_BYTES = 0x440;
/** VER_PLATFORM_WIN32_NT */
const PLATFORM = 2;
const VERSION = { major: 10, minor: 0, build: 19_041 };

export const TLS_SLOTS = 64;
export const PROCESS_ID = 0x20;

export interface ThreadBlocks {
  readonly teb: number;
  /** First byte of the stack's pages that can be used; below are those that tell of its end. */
  readonly stackLow: number;
  readonly stackHigh: number;
  /** First of the guard pages below `stackLow`. */
  readonly stackGuard: number;
}

/** Makes a thread's TEB and stack; null when there is no memory. */
export function makeThreadBlocks(
  space: AddressSpace,
  memory: ProcessMemory,
  parts: { readonly id: number; readonly peb: number; readonly stackBytes: number },
): ThreadBlocks | null {
  const reserve = Math.ceil(parts.stackBytes / PAGE_BYTES) * PAGE_BYTES;
  const low = space.reserveOnly(reserve, PAGE_READWRITE);
  const teb = space.allocate(TEB_BYTES + TLS_ARRAY_BYTES, PAGE_READWRITE);
  const stackLow = low + STACK_GUARD_PAGES * PAGE_BYTES;
  const guard = low + PAGE_BYTES;
  const isThere =
    low !== 0 &&
    teb !== 0 &&
    space.commit(stackLow, low + reserve - stackLow, PAGE_READWRITE) &&
    space.commit(guard, stackLow - guard, PAGE_READWRITE | PAGE_GUARD);
  if (!isThere) {
    if (low !== 0) space.release(low);
    if (teb !== 0) space.release(teb);
    return null;
  }
  memory.setU64(teb + TEB.stackBase, low + reserve);
  memory.setU64(teb + TEB.stackLimit, stackLow);
  memory.setU64(teb + TEB.self, teb);
  memory.setU64(teb + TEB.processId, PROCESS_ID);
  memory.setU64(teb + TEB.threadId, parts.id);
  memory.setU64(teb + TEB.tlsPointer, teb + TEB_BYTES);
  memory.setU64(teb + TEB.peb, parts.peb);
  memory.setU64(teb + TEB.deallocationStack, low);
  return { teb, stackLow, stackHigh: low + reserve, stackGuard: guard };
}

/** Gives back what {@link makeThreadBlocks} made for a thread that has ended. */
export function releaseThreadBlocks(
  space: AddressSpace,
  { teb, stackGuard }: Pick<ThreadBlocks, 'teb' | 'stackGuard'>,
): void {
  space.release(stackGuard - PAGE_BYTES);
  space.release(teb);
}

export interface ProcessParameters {
  readonly imagePath: string;
  readonly commandLine: string;
  readonly directory: string;
  /** `NAME=value`, in the order of their names. */
  readonly environment: readonly string[];
  readonly handles: readonly [input: number, output: number, error: number];
}

/** Makes the PEB and the process parameters; the PEB's address. */
export function makeProcessBlocks(
  space: AddressSpace,
  memory: ProcessMemory,
  parameters: ProcessParameters,
): number {
  const peb = space.allocate(PAGE_BYTES, PAGE_READWRITE);
  memory.setU32(peb + PEB.processorCount, 1);
  memory.setU32(peb + PEB.majorVersion, VERSION.major);
  memory.setU32(peb + PEB.minorVersion, VERSION.minor);
  memory.setU16(peb + PEB.buildNumber, VERSION.build);
  memory.setU32(peb + PEB.platform, PLATFORM);
  memory.setU64(peb + PEB.parameters, makeParameters(space, memory, parameters));
  return peb;
}

function makeParameters(
  space: AddressSpace,
  memory: ProcessMemory,
  parameters: ProcessParameters,
): number {
  const { imagePath, commandLine, directory, environment, handles } = parameters;
  const block = wideBytes(`${environment.map((entry) => `${entry}\0`).join('')}\0`);
  const texts = [directory, imagePath, commandLine].map((text) => wideBytes(`${text}\0`));
  const total = texts.reduce((sum, text) => sum + text.length, PARAMETER_BYTES + block.length);
  const at = space.allocate(total, PAGE_READWRITE);
  memory.setU32(at, total);
  memory.setU32(at + 4, total);
  // RTL_USER_PROC_PARAMS_NORMALIZED: its pointers are addresses.
  memory.setU32(at + 8, 1);
  handles.forEach((handle, number) => {
    memory.setU64(at + 0x20 + number * 8, handle);
  });
  let next = at + PARAMETER_BYTES;
  const place = (bytes: Uint8Array): number => {
    memory.write(next, bytes);
    next += bytes.length;
    return next - bytes.length;
  };
  const FIELDS = [0x38, 0x60, 0x70];
  texts.forEach((text, number) => {
    const field = at + FIELDS[number]!;
    memory.setU16(field, text.length - 2);
    memory.setU16(field + 2, text.length);
    memory.setU64(field + 8, place(text));
  });
  memory.setU64(at + 0x80, place(block));
  return at;
}

/** Addresses of the strings that process parameters hold. */
export const PARAMETERS = { imagePath: 0x60, commandLine: 0x70, environment: 0x80 } as const;
