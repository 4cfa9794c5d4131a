/** HeapCreate, HeapAlloc and their kin, as programs call them. */
import { dword, unsigned } from './address-word.ts';
import {
  loadDword,
  loadWord,
  storeDword,
  storeWord,
  storeWords,
  takesFault,
} from './guest-pointer.ts';
import { checkHeap, checkPayload } from './heap/heap-check.ts';
import { HEAP_COMPATIBILITY, HEAP_LOCKS } from './heap/heap-layout.ts';
import {
  type HeapEntry,
  nextEntry,
  PROCESS_HEAP_ENTRY_BUSY,
  PROCESS_HEAP_REGION,
  PROCESS_HEAP_UNCOMMITTED_RANGE,
} from './heap/heap-walk.ts';
import { WinHeap } from './heap/win-heap.ts';
import type { CallWords } from './nt-calls.ts';
import { NT_STATUS } from './nt-status.ts';
import {
  FLG_HEAP_ENABLE_FREE_CHECK,
  FLG_HEAP_ENABLE_TAIL_CHECK,
  HEAP_CREATE_ENABLE_EXECUTE,
  HEAP_FREE_CHECKING_ENABLED,
  HEAP_GENERATE_EXCEPTIONS,
  HEAP_GROWABLE,
  HEAP_NO_SERIALIZE,
  HEAP_REALLOC_IN_PLACE_ONLY,
  HEAP_TAIL_CHECKING_ENABLED,
  HEAP_ZERO_MEMORY,
} from './win-constants.ts';
import type { WinProcess } from './win-process.ts';
import { WIN32_ERROR } from './win32-error.ts';

/** HeapSize of what is no block. */
const NO_SIZE = -1;
/** Flags that HeapCreate takes; others are dropped. */
const CREATE_FLAGS = HEAP_NO_SERIALIZE | HEAP_GENERATE_EXCEPTIONS | HEAP_CREATE_ENABLE_EXECUTE;
const COMPATIBILITY_CLASS = 0;
const LOW_FRAGMENTATION = 2;
/** Offsets of an entry that a heap is walked by; its address comes first. */
interface EntryLayout {
  readonly size: number;
  /** Whether the size has 64 bits. */
  readonly isWide: boolean;
  readonly overhead: number;
  readonly region: number;
  readonly flags: number;
  /** What a region has beside it. */
  readonly first: number;
}

/** PROCESS_HEAP_ENTRY of HeapWalk. */
const ENTRY: EntryLayout = {
  ...{ size: 8, isWide: false, overhead: 12, region: 13, flags: 14, first: 16 },
};
/** RTL_HEAP_ENTRY of RtlWalkHeap. */
const SYSTEM_ENTRY: EntryLayout = {
  ...{ size: 8, isWide: true, overhead: 16, region: 17, flags: 18, first: 24 },
};

/** The heap of a handle, or null when it is none. */
export function heapOf(p: WinProcess, handle: number): WinHeap | null {
  const known = p.heaps.get(handle);
  if (known?.isAlive) return known;
  if (handle <= 0) return null;
  const heap = p.openHeap(handle);
  if (!heap.isAlive) return null;
  p.heaps.set(handle, heap);
  return heap;
}

/** The process's own heap, made when it is first wanted; null when there is no room. */
export function processHeap(p: WinProcess): WinHeap | null {
  if (p.processHeap === 0) p.processHeap = WinHeap.make(p.space, checksOf(p), 0, 0)?.base ?? 0;
  return heapOf(p, p.processHeap);
}

/** (): NtGlobalFlag, of the PEB where there is one. */
export function globalFlagsOf(p: WinProcess): number {
  const at = p.globalFlagsAddress;
  return at === 0 ? p.globalFlags : loadDword(p, at);
}

function checksOf(p: WinProcess): number {
  const globalFlags = globalFlagsOf(p);
  return (
    ((globalFlags & FLG_HEAP_ENABLE_TAIL_CHECK) === 0 ? 0 : HEAP_TAIL_CHECKING_ENABLED) |
    ((globalFlags & FLG_HEAP_ENABLE_FREE_CHECK) === 0 ? 0 : HEAP_FREE_CHECKING_ENABLED)
  );
}

/** () */
export function getProcessHeap(p: WinProcess): number {
  return processHeap(p)?.base ?? p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY);
}

/** (room, array): how many heaps there are, the process's own first; those that fit are told. */
export function getProcessHeaps(p: WinProcess, a: CallWords): number {
  const own = processHeap(p);
  const others = [...p.heaps.values()].filter((heap) => heap !== own && heap.isAlive);
  const all = own === null ? others : [own, ...others];
  if (all.length > dword(a[0]!)) return all.length;
  storeWords(
    p,
    a[1]!,
    all.map(({ base }) => base),
  );
  return returns(p, all.length);
}

/** (flags, initial bytes, most bytes) */
export function heapCreate(p: WinProcess, a: CallWords): number {
  const flags = (dword(a[0]!) & CREATE_FLAGS) | checksOf(p);
  const heap = WinHeap.make(p.space, flags, unsigned(a[1]!), unsigned(a[2]!));
  // From now on it is one of those that are listed.
  if (heap !== null) heapOf(p, heap.base);
  return heap?.base ?? p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY);
}

/** (heap): the process's own stays. */
export function heapDestroy(p: WinProcess, a: CallWords): number {
  // As ntdll has it, no heap at all is destroyed without complaint.
  if (a[0] === 0) return 1;
  const heap = heapOf(p, a[0]!);
  if (heap === null || heap.base === p.processHeap) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  heap.destroy();
  p.heaps.delete(heap.base);
  return 1;
}

/** (heap): 0, or the heap when it could not be. */
export function rtlDestroyHeap(p: WinProcess, a: CallWords): number {
  return a[0] !== 0 && heapDestroy(p, a) === 1 ? 0 : a[0]!;
}

/** Fails for want of memory: by an exception when the call or the heap asks for one. */
function failsForMemory(p: WinProcess, flags: number): 0 {
  if ((flags & HEAP_GENERATE_EXCEPTIONS) !== 0) {
    p.exception = { code: NT_STATUS.NO_MEMORY, parameters: [] };
  }
  return p.fails(WIN32_ERROR.NOT_ENOUGH_MEMORY);
}

/** Ends a call that touched memory: an access of its own may have faulted. */
function returns(p: WinProcess, value: number): number {
  p.raiseFault();
  return value;
}

/** (heap, flags, bytes) */
export function heapAlloc(p: WinProcess, a: CallWords): number {
  const heap = heapOf(p, a[0]!);
  if (heap === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  const flags = dword(a[1]!) | heap.flags;
  const payload = heap.allocate(unsigned(a[2]!), (flags & HEAP_ZERO_MEMORY) !== 0);
  return returns(p, payload === 0 ? failsForMemory(p, flags) : payload);
}

/** (heap, flags, block, bytes) */
export function heapReAlloc(p: WinProcess, a: CallWords): number {
  const heap = heapOf(p, a[0]!);
  if (heap === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  const block = a[2]!;
  if (block === 0) return 0;
  if (heap.kindAt(block) === 0) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  const flags = dword(a[1]!) | heap.flags;
  const isZeroed = (flags & HEAP_ZERO_MEMORY) !== 0;
  const size = unsigned(a[3]!);
  const isInPlace = (flags & HEAP_REALLOC_IN_PLACE_ONLY) !== 0;
  const payload = isInPlace
    ? heap.resizeInPlace(block, size, isZeroed)
      ? block
      : 0
    : heap.reallocate(block, size, isZeroed);
  return returns(p, payload === 0 ? failsForMemory(p, flags) : payload);
}

/** (heap, flags, block) */
export function heapFree(p: WinProcess, a: CallWords): number {
  if (a[2] === 0) return 1;
  const heap = heapOf(p, a[0]!);
  if (heap === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  return returns(p, heap.free(a[2]!) ? 1 : p.fails(WIN32_ERROR.INVALID_PARAMETER));
}

/** (heap, flags, block) */
export function heapSize(p: WinProcess, a: CallWords): number {
  const size = heapOf(p, a[0]!)?.sizeOf(a[2]!) ?? NO_SIZE;
  if (size === NO_SIZE) p.fails(WIN32_ERROR.INVALID_PARAMETER);
  return returns(p, size);
}

/** (heap, flags, block or 0 for the whole heap) */
export function heapValidate(p: WinProcess, a: CallWords): number {
  const heap = heapOf(p, a[0]!);
  if (heap === null) return 0;
  const isSound = heap.servedSoundness(a[2]!) ?? isOwnSound(heap, a[2]!);
  return returns(p, isSound ? 1 : 0);
}

function isOwnSound(heap: WinHeap, block: number): boolean {
  return block === 0 ? checkHeap(heap).length === 0 : checkPayload(heap, block) === null;
}

/** (heap, flags): bytes of the largest free block that is committed. */
export function heapCompact(p: WinProcess, a: CallWords): number {
  const heap = heapOf(p, a[0]!);
  return heap === null ? 0 : returns(p, heap.largestFree);
}

/** Threads take turns by whoever runs them; what is here is how often the heap is locked. */
function changeLocks(p: WinProcess, handle: number, change: number): number {
  const heap = heapOf(p, handle);
  if (heap === null) return 0;
  const locks = heap.words.load32(heap.base + HEAP_LOCKS);
  if ((heap.flags & HEAP_NO_SERIALIZE) === 0 && locks + change >= 0) {
    heap.words.store32(heap.base + HEAP_LOCKS, locks + change);
  }
  return returns(p, 1);
}

/** (heap) */
export function heapLock(p: WinProcess, a: CallWords): number {
  return changeLocks(p, a[0]!, 1);
}

/** (heap) */
export function heapUnlock(p: WinProcess, a: CallWords): number {
  return changeLocks(p, a[0]!, -1);
}

/** (heap, class, value pointer, bytes): only the low-fragmentation heap is a thing to be set. */
export function heapSetInformation(p: WinProcess, a: CallWords): number {
  if (dword(a[1]!) !== COMPATIBILITY_CLASS) return 1;
  const heap = heapOf(p, a[0]!);
  if (heap === null) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  if (unsigned(a[3]!) < 4) return 1;
  const value = p.space.mmu.load(a[2]!, 4);
  const isFixed = (heap.flags & HEAP_GROWABLE) === 0;
  const isTakenBack =
    value !== LOW_FRAGMENTATION &&
    heap.words.load32(heap.base + HEAP_COMPATIBILITY) === LOW_FRAGMENTATION;
  if (isTakenBack) return p.fails(WIN32_ERROR.GEN_FAILURE);
  if (value === LOW_FRAGMENTATION) {
    if (isFixed || (heap.flags & HEAP_NO_SERIALIZE) !== 0) {
      return p.fails(WIN32_ERROR.GEN_FAILURE);
    }
    heap.words.store32(heap.base + HEAP_COMPATIBILITY, value);
  }
  return returns(p, 1);
}

/** (heap, class, buffer, bytes, length pointer) */
export function heapQueryInformation(p: WinProcess, a: CallWords): number {
  if (dword(a[1]!) !== COMPATIBILITY_CLASS) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  const heap = heapOf(p, a[0]!);
  if (heap === null) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  if (a[4] !== 0) storeWord(p, a[4]!, 4);
  if (unsigned(a[3]!) < 4) return returns(p, p.fails(WIN32_ERROR.INSUFFICIENT_BUFFER));
  storeDword(p, a[2]!, heap.words.load32(heap.base + HEAP_COMPATIBILITY));
  return returns(p, 1);
}

/** (heap, entry pointer) */
export function heapWalk(p: WinProcess, a: CallWords): number {
  const heap = heapOf(p, a[0]!);
  if (heap === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  const { mmu } = p.space;
  const at = a[1]!;
  const data = loadWord(p, at);
  const region = mmu.load(at + ENTRY.region, 1);
  const entry = nextEntry(heap, data, region, mmu.load(at + ENTRY.flags, 2));
  if (entry === null) return returns(p, p.fails(WIN32_ERROR.NO_MORE_ITEMS));
  storeEntry(p, at, ENTRY, entry);
  return returns(p, 1);
}

function storeEntry(p: WinProcess, at: number, layout: EntryLayout, entry: HeapEntry): void {
  const { mmu } = p.space;
  storeWord(p, at, entry.data);
  const storeSize = layout.isWide ? storeWord : storeDword;
  storeSize(p, at + layout.size, entry.size);
  mmu.store(at + layout.overhead, 1, entry.overhead);
  mmu.store(at + layout.region, 1, entry.region);
  mmu.store(at + layout.flags, 2, entry.flags);
  storeDword(p, at + layout.first, entry.committed ?? 0);
  storeDword(p, at + layout.first + 4, entry.uncommitted ?? 0);
  storeWord(p, at + layout.first + 8, entry.firstBlock ?? 0);
  storeWord(p, at + layout.first + 16, entry.lastBlock ?? 0);
}

/** RTL_HEAP_ENTRY_* flags, by those of HeapWalk. @see Wine, dlls/ntdll/heap.c */
const SYSTEM_FLAGS: readonly (readonly [flags: number, system: number])[] = [
  [PROCESS_HEAP_REGION, 0x2],
  [PROCESS_HEAP_UNCOMMITTED_RANGE, 0x1000],
  [PROCESS_HEAP_ENTRY_BUSY, 0x4011],
];

/** (heap, entry pointer): HeapWalk below Win32, a status. */
export function rtlWalkHeap(p: WinProcess, a: CallWords): number {
  const heap = heapOf(p, a[0]!);
  if (heap === null) return NT_STATUS.INVALID_PARAMETER;
  const { mmu } = p.space;
  const at = a[1]!;
  const data = loadWord(p, at);
  const region = mmu.load(at + SYSTEM_ENTRY.region, 1);
  const system = mmu.load(at + SYSTEM_ENTRY.flags, 2);
  const before = SYSTEM_FLAGS.find(([, own]) => own === system)?.[0] ?? 0;
  const entry = takesFault(p) ? null : nextEntry(heap, data, region, before);
  if (entry === null) return NT_STATUS.NO_MORE_ENTRIES;
  const flags = SYSTEM_FLAGS.find(([own]) => own === entry.flags)?.[1] ?? 0;
  storeEntry(p, at, SYSTEM_ENTRY, { ...entry, flags });
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : NT_STATUS.SUCCESS;
}

/** (heap, flags, block, …): values that programs keep with blocks are not here. */
export function noUserInfo(p: WinProcess): number {
  return p.fails(WIN32_ERROR.INVALID_FUNCTION);
}
