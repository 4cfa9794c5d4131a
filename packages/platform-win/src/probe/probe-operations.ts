/**
 * The operations of the probe's language: a call of a system function with its pointers set up, or
 * an access; and what is printed of it.
 * @table
 */

import { commitImage, reserveImage } from '../image-map.ts';
import { FileBytes, MemoryFile } from '../memory-file.ts';
import {
  MEM_COMMIT,
  MEM_FREE,
  MEM_MAPPED,
  MEM_PRIVATE,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../win-constants.ts';
import { EXTENDED_ROWS } from './extended-operations.ts';
import { hexText, X_BYTES, X_START } from './probe-layout.ts';
import {
  BASE,
  BUFFER,
  hex32,
  OLD,
  type Perform,
  peek32,
  peek64,
  poke64,
  printRange,
  SELF,
  SIZE,
  setRange,
} from './probe-memory.ts';
import type { ProbePort } from './probe-port.ts';

export interface ProbeOperation {
  readonly count: number;
  /** Performs it and prints; its value. */
  readonly perform: Perform;
}

const NO_ERROR_SIZE = -1;
const BAD_FLAGS = 0x8000;

// Ways to print.

const printed =
  (name: string): Perform =>
  (run, a) =>
    run.printResult(run.call(name, ...a));

const block =
  (name: string): Perform =>
  (run, a) =>
    run.printBlock(run.call(name, ...a));

/** The value alone. */
const yes =
  (name: string): Perform =>
  (run, a) => {
    const value = run.call(name, ...a);
    run.print(String(value));
    return value;
  };

/** A failure is what is not 0. */
const zeroIsGood =
  (name: string): Perform =>
  (run, a) => {
    const value = run.call(name, ...a);
    run.print(value === 0 ? '0' : '1');
    if (value !== 0) run.printError();
    return value;
  };

const sized =
  (name: string): Perform =>
  (run, a) => {
    const value = run.call(name, ...a);
    run.print(String(value));
    if (value === NO_ERROR_SIZE) run.printError();
    return value;
  };

const flagged =
  (name: string): Perform =>
  (run, a) => {
    const value = run.call(name, ...a);
    run.print(hex32(value));
    if (value === BAD_FLAGS) run.printError();
    return value;
  };

const addressed =
  (name: string): Perform =>
  (run, a) => {
    const value = run.call(name, ...a);
    run.print(run.addressText(value));
    if (value === 0) run.printError();
    return value;
  };

// Virtual memory.

function virtualAlloc(run: ProbePort, a: readonly number[]): number {
  const memory = run.call('VirtualAlloc', ...a);
  if (memory === 0 || a[0] === 0) return run.printPlaced(memory);
  run.print(run.addressText(memory));
  return memory;
}

function virtualAllocEx(run: ProbePort, a: readonly number[]): number {
  return run.printPlaced(run.call('VirtualAllocEx', ...a));
}

function virtualProtect(run: ProbePort, a: readonly number[]): number {
  const isDone = run.printResult(run.call('VirtualProtect', ...a, OLD));
  if (isDone !== 0) run.print(` ${hex32(peek32(run, OLD))}`);
  return isDone;
}

function printRegion(run: ProbePort, at: number): void {
  const [base, size] = [peek64(run, at), peek64(run, at + 24)];
  const [state, type] = [peek32(run, at + 32), peek32(run, at + 40)];
  const shown = hex32(peek32(run, at + 36));
  run.print(run.addressText(base));
  if (state === MEM_FREE) {
    const isInside = base >= X_START && base + size < X_START + X_BYTES;
    run.print(`${isInside ? ` ${hexText(size)}` : ''} free ${shown}`);
    return;
  }
  const word = state === MEM_COMMIT ? 'commit' : 'reserve';
  const kind = type === MEM_PRIVATE ? 'private' : type === MEM_MAPPED ? 'mapped' : 'image';
  const allocation = `${run.addressText(peek64(run, at + 8))} ${hex32(peek32(run, at + 16))}`;
  run.print(` ${hexText(size)} ${word} ${shown} of ${allocation} ${kind}`);
}

function virtualQuery(run: ProbePort, a: readonly number[]): number {
  const size = run.call('VirtualQuery', a[0]!, BUFFER, a[1] === 0 ? 48 : a[1]!);
  if (size === 0) return run.printResult(0);
  printRegion(run, BUFFER);
  return size;
}

function getWriteWatch(run: ProbePort, a: readonly number[]): number {
  poke64(run, SIZE, a[3]!);
  const pages = a[3] === 0 ? 0 : BUFFER;
  const failed = run.call('GetWriteWatch', a[0]!, a[1]!, a[2]!, pages, SIZE, OLD);
  run.print(failed === 0 ? '0' : '1');
  if (failed !== 0) {
    run.printError();
    return 1;
  }
  const count = peek64(run, SIZE);
  run.print(` ${count} ${hex32(peek32(run, OLD))}`);
  for (let i = 0; i < count; i++) run.print(` ${run.addressText(peek64(run, BUFFER + i * 8))}`);
  return 0;
}

function resetWriteWatch(run: ProbePort, a: readonly number[]): number {
  const failed = run.call('ResetWriteWatch', ...a);
  run.print(failed === 0 ? '0' : '1');
  if (failed !== 0) run.printError();
  return failed;
}

// System calls.

function printPlainRange(run: ProbePort, status: number): number {
  const base = peek64(run, BASE);
  run.print(`${hex32(status)} ${run.addressText(base)} ${hexText(peek64(run, SIZE))}`);
  return base;
}

function ntAllocate(run: ProbePort, a: readonly number[]): number {
  setRange(run, a[0]!, a[2]!);
  const name = 'NtAllocateVirtualMemory';
  return printRange(run, run.call(name, SELF, BASE, a[1]!, SIZE, a[3]!, a[4]!));
}

function ntFree(run: ProbePort, a: readonly number[]): number {
  setRange(run, a[0]!, a[1]!);
  return printPlainRange(run, run.call('NtFreeVirtualMemory', SELF, BASE, SIZE, a[2]!));
}

function ntProtect(run: ProbePort, a: readonly number[]): number {
  setRange(run, a[0]!, a[1]!);
  const status = run.call('NtProtectVirtualMemory', SELF, BASE, SIZE, a[2]!, OLD);
  printPlainRange(run, status);
  if (status === 0) run.print(` ${hex32(peek32(run, OLD))}`);
  return status;
}

function ntQuery(run: ProbePort, a: readonly number[]): number {
  const status = run.call('NtQueryVirtualMemory', SELF, a[0]!, a[1]!, BUFFER, a[2]!, SIZE);
  run.print(hex32(status));
  if (status === 0 && a[1] === 0) {
    run.print(` ${hexText(peek64(run, SIZE))} `);
    printRegion(run, BUFFER);
  }
  return status;
}

const ntLock =
  (name: string): Perform =>
  (run, a) => {
    setRange(run, a[0]!, a[1]!);
    const status = run.call(name, SELF, BASE, SIZE, a[2]!);
    printPlainRange(run, status);
    return status;
  };

// Accesses.

function load(run: ProbePort, [address, size]: readonly number[]): number {
  const { mmu } = run.process.space;
  const bytes = [1, 2, 8].includes(size!) ? size! : 4;
  const low = mmu.loadSlow(address!, bytes) >>> 0;
  const high = bytes === 8 ? mmu.high >>> 0 : 0;
  run.mayHaveFaulted();
  run.print(`0x${((BigInt(high) << 32n) | BigInt(low)).toString(16)}`);
  return 0;
}

function store(run: ProbePort, [address, size, value]: readonly number[]): number {
  const bytes = [1, 2, 8].includes(size!) ? size! : 4;
  const high = Math.floor(value! / 2 ** 32) >>> 0;
  run.process.space.mmu.storeSlow(address!, bytes, value! >>> 0, high);
  run.mayHaveFaulted();
  run.print('stored');
  return 0;
}

function execute(run: ProbePort, [address]: readonly number[]): number {
  run.process.space.mmu.fetchSlow(address!, 1);
  run.mayHaveFaulted();
  run.print('ran');
  return 0;
}

function fill(run: ProbePort, [address, size, value]: readonly number[]): number {
  const { mmu } = run.process.space;
  for (let i = 0; i < size! && !mmu.faulted; i++) mmu.storeSlow(address! + i, 1, value!);
  run.mayHaveFaulted();
  run.print('filled');
  return 0;
}

function sum(run: ProbePort, [address, size]: readonly number[]): number {
  const { mmu } = run.process.space;
  const first = size === 0 ? 0 : mmu.loadSlow(address!, 1);
  let hash = 2166136261;
  let isEqual = true;
  for (let i = 0; i < size! && !mmu.faulted; i++) {
    const byte = mmu.loadSlow(address! + i, 1);
    hash = Math.imul(hash ^ byte, 16777619);
    isEqual &&= byte === first;
  }
  run.mayHaveFaulted();
  run.print(isEqual ? `all ${hex32(first)}` : hex32(hash));
  return 0;
}

/** Where the probe's own pages are: a page of a header, then a part that can be written. */
function image(run: ProbePort): number {
  const { space, supervisor } = run.process;
  const made = reserveImage(space, 0, 11 * 4096)!;
  commitImage(space, made, 0, 4096, PAGE_READONLY);
  commitImage(space, made, 4096, 8 * 4096, PAGE_READWRITE);
  commitImage(space, made, 9 * 4096, 8192, PAGE_READONLY);
  supervisor.poke(made.base + 4096, Uint8Array.of(1));
  run.print('image');
  return made.base + 4096;
}

// Files and sections.

function makeFile(run: ProbePort, [size, access]: readonly number[]): number {
  const bytes = Uint8Array.from({ length: size! }, (_, i) => i * 7 + Math.floor(i / 256));
  const { process } = run;
  const file = new FileBytes(process.space.mmu.pool, bytes);
  const handle = process.handles.open(new MemoryFile(file, true, true));
  const isWritable = (access! & 0x40000000) !== 0;
  const shown =
    access === 0 ? handle : process.handles.open(new MemoryFile(file, true, isWritable));
  file.object.release();
  run.print('made');
  return shown;
}

function fileByte(run: ProbePort, [handle, offset]: readonly number[]): number {
  const file = run.process.handles.get(handle!) as MemoryFile;
  const byte = file.bytes.byteAt(offset!);
  run.print(byte < 0 ? 'end' : hex32(byte));
  return 0;
}

function createFileMapping(run: ProbePort, [file, flags, size]: readonly number[]): number {
  const high = Math.floor(size! / 2 ** 32);
  const made = run.call('CreateFileMappingA', file!, 0, flags!, high, size! >>> 0, 0);
  if (made === 0) run.printResult(0);
  else run.print('made');
  return made;
}

function mapView(run: ProbePort, a: readonly number[]): number {
  const high = Math.floor(a[2]! / 2 ** 32);
  const words = [a[0]!, a[1]!, high, a[2]! >>> 0, a[3]!, a[4] ?? 0];
  return run.printPlaced(run.call('MapViewOfFileEx', ...words));
}

function ntCreateSection(run: ProbePort, a: readonly number[]): number {
  poke64(run, SIZE, a[1]!);
  const size = a[1] === 0 ? 0 : SIZE;
  const status = run.call('NtCreateSection', BASE, a[4]!, 0, size, a[2]!, a[3]!, a[0]!);
  run.print(hex32(status));
  return status === 0 ? peek64(run, BASE) : 0;
}

function ntMapView(run: ProbePort, a: readonly number[]): number {
  setRange(run, a[1]!, a[5]!);
  poke64(run, OLD, a[4]!);
  const words = [a[0]!, SELF, BASE, a[2]!, a[3]!, OLD, SIZE, 1, a[6]!, a[7]!];
  const base = printRange(run, run.call('NtMapViewOfSection', ...words));
  run.print(` ${hexText(peek64(run, OLD))}`);
  return base;
}

function ntUnmapView(run: ProbePort, a: readonly number[]): number {
  const status = run.call('NtUnmapViewOfSection', SELF, a[0]!);
  run.print(hex32(status));
  return status;
}

function ntQuerySection(run: ProbePort, a: readonly number[]): number {
  const status = run.call('NtQuerySection', a[0]!, 0, BUFFER, 24, 0);
  run.print(hex32(status));
  if (status === 0)
    run.print(` ${hex32(peek32(run, BUFFER + 8))} ${hexText(peek64(run, BUFFER + 16))}`);
  return status;
}

// Heaps.

function heapCreate(run: ProbePort, a: readonly number[]): number {
  const heap = run.call('HeapCreate', ...a);
  run.noteHeap(heap);
  if (heap === 0) return run.printResult(0);
  run.print(`heap/${heap % 65536 === 0 ? '0x10000' : '0x1'}`);
  return heap;
}

function getProcessHeap(run: ProbePort): number {
  const heap = run.call('GetProcessHeap');
  run.noteHeap(heap);
  run.print('heap');
  return heap;
}

function heapValidate(run: ProbePort, a: readonly number[]): number {
  const isSound = run.call('HeapValidate', ...a);
  run.print(String(isSound));
  return isSound;
}

function heapCompact(run: ProbePort, a: readonly number[]): number {
  const size = run.call('HeapCompact', ...a);
  run.print(size === 0 ? '0' : 'some');
  if (size === 0) run.printError();
  return size;
}

function heapQuery(run: ProbePort, a: readonly number[]): number {
  run.process.space.mmu.store(BUFFER, 4, 0xcccccccc);
  poke64(run, SIZE, 0);
  const isDone = run.printResult(
    run.call('HeapQueryInformation', a[0]!, a[1]!, BUFFER, a[2]!, SIZE),
  );
  run.print(` ${hex32(peek32(run, BUFFER))} ${peek64(run, SIZE)}`);
  return isDone;
}

function heapSet(run: ProbePort, a: readonly number[]): number {
  run.process.space.mmu.store(BUFFER, 4, a[2]! >>> 0);
  return run.printResult(run.call('HeapSetInformation', a[0]!, a[1]!, BUFFER, a[3]!));
}

function heapWalk(run: ProbePort, a: readonly number[]): number {
  const { mmu } = run.process.space;
  const sizes = new Map<string, number>();
  let hasRegion = false;
  let others = 0;
  poke64(run, BUFFER, 0);
  while (run.call('HeapWalk', a[0]!, BUFFER) !== 0) {
    const flags = mmu.load(BUFFER + 14, 2);
    hasRegion ||= (flags & 1) !== 0;
    if ((flags & 4) === 0) continue;
    const data = peek64(run, BUFFER);
    const named = run.names.filter(({ value }) => value === data);
    for (const { name } of named) sizes.set(name, peek32(run, BUFFER + 8));
    if (named.length === 0) others++;
  }
  run.print(`error ${run.process.lastError}${hasRegion ? ' region' : ''}`);
  for (const { name } of run.names) if (sizes.has(name)) run.print(` ${name}:${sizes.get(name)}`);
  if (others > 0) run.print(` others:${others}`);
  return 0;
}

// What touches no memory.

const saying =
  (text: string, act: (run: ProbePort, a: readonly number[]) => void): Perform =>
  (run, a) => {
    act(run, a);
    run.print(text);
    return 0;
  };

const telling =
  (tell: (run: ProbePort, a: readonly number[]) => string): Perform =>
  (run, a) => {
    run.print(tell(run, a));
    return 0;
  };

const ROWS: readonly (readonly [string, number, Perform])[] = [
  ['VirtualAlloc', 4, virtualAlloc],
  ['VirtualFree', 3, printed('VirtualFree')],
  ['VirtualProtect', 3, virtualProtect],
  ['VirtualQuery', 2, virtualQuery],
  ['VirtualLock', 2, printed('VirtualLock')],
  ['VirtualUnlock', 2, printed('VirtualUnlock')],
  ['GetWriteWatch', 4, getWriteWatch],
  ['ResetWriteWatch', 2, resetWriteWatch],
  ['NtAllocateVirtualMemory', 5, ntAllocate],
  ['NtFreeVirtualMemory', 3, ntFree],
  ['NtProtectVirtualMemory', 3, ntProtect],
  ['NtQueryVirtualMemory', 3, ntQuery],
  ['NtLockVirtualMemory', 3, ntLock('NtLockVirtualMemory')],
  ['NtUnlockVirtualMemory', 3, ntLock('NtUnlockVirtualMemory')],
  ['load', 2, load],
  ['store', 3, store],
  ['run', 1, execute],
  ['fill', 3, fill],
  ['sum', 2, sum],
  ['mod', 2, telling((_run, a) => String(a[0]! % a[1]!))],
  ['below', 2, telling((_run, a) => (a[0]! < a[1]! ? '1' : '0'))],
  ['SetLastError', 1, saying('set', (run, a) => run.call('SetLastError', a[0]!))],
  ['NtGlobalFlag', 1, saying('set', (run, a) => (run.process.globalFlags = a[0]!))],
  ['image', 0, image],
  ['file', 2, makeFile],
  ['fileByte', 2, fileByte],
  ['fileSize', 1, telling((run, a) => String((run.process.handles.get(a[0]!) as MemoryFile).size))],
  ['CreateFileMapping', 3, createFileMapping],
  ['MapViewOfFile', 4, mapView],
  ['MapViewOfFileEx', 5, mapView],
  ['UnmapViewOfFile', 1, printed('UnmapViewOfFile')],
  ['FlushViewOfFile', 2, printed('FlushViewOfFile')],
  ['CloseHandle', 1, printed('CloseHandle')],
  ['NtCreateSection', 5, ntCreateSection],
  ['NtMapViewOfSection', 8, ntMapView],
  ['NtUnmapViewOfSection', 1, ntUnmapView],
  ['NtQuerySection', 1, ntQuerySection],
  ['GetProcessHeap', 0, getProcessHeap],
  ['HeapCreate', 3, heapCreate],
  ['HeapDestroy', 1, printed('HeapDestroy')],
  ['HeapAlloc', 3, block('HeapAlloc')],
  ['HeapReAlloc', 4, block('HeapReAlloc')],
  ['RtlAllocateHeap', 3, block('RtlAllocateHeap')],
  ['RtlReAllocateHeap', 4, block('RtlReAllocateHeap')],
  ['RtlFreeHeap', 3, yes('RtlFreeHeap')],
  ['RtlSizeHeap', 3, yes('RtlSizeHeap')],
  ['RtlValidateHeap', 3, yes('RtlValidateHeap')],
  ['RtlDestroyHeap', 1, yes('RtlDestroyHeap')],
  ['VirtualAllocEx', 5, virtualAllocEx],
  ['VirtualFreeEx', 4, printed('VirtualFreeEx')],
  ['HeapFree', 3, printed('HeapFree')],
  ['HeapSize', 3, sized('HeapSize')],
  ['HeapValidate', 3, heapValidate],
  ['HeapCompact', 2, heapCompact],
  ['HeapLock', 1, printed('HeapLock')],
  ['HeapUnlock', 1, printed('HeapUnlock')],
  ['HeapQueryInformation', 3, heapQuery],
  ['HeapSetInformation', 4, heapSet],
  ['HeapWalk', 1, heapWalk],
  ['GlobalAlloc', 2, block('GlobalAlloc')],
  ['GlobalReAlloc', 3, block('GlobalReAlloc')],
  ['GlobalFree', 1, zeroIsGood('GlobalFree')],
  ['GlobalSize', 1, printed('GlobalSize')],
  ['GlobalFlags', 1, flagged('GlobalFlags')],
  ['GlobalLock', 1, block('GlobalLock')],
  ['GlobalUnlock', 1, printed('GlobalUnlock')],
  ['GlobalHandle', 1, addressed('GlobalHandle')],
  ['LocalAlloc', 2, block('LocalAlloc')],
  ['LocalReAlloc', 3, block('LocalReAlloc')],
  ['LocalFree', 1, zeroIsGood('LocalFree')],
  ['LocalSize', 1, printed('LocalSize')],
  ['LocalFlags', 1, flagged('LocalFlags')],
  ['LocalLock', 1, block('LocalLock')],
  ['LocalUnlock', 1, printed('LocalUnlock')],
  ['LocalHandle', 1, addressed('LocalHandle')],
  ['malloc', 1, block('malloc')],
  ['calloc', 2, block('calloc')],
  ['realloc', 2, block('realloc')],
  ['free', 1, saying('done', (run, a) => run.call('free', a[0]!))],
  ['_msize', 1, telling((run, a) => String(run.call('_msize', a[0]!)))],
  ...EXTENDED_ROWS,
];

export const PROBE_OPERATIONS: Readonly<Record<string, ProbeOperation>> = Object.fromEntries(
  ROWS.map(([name, count, perform]) => [name, { count, perform }]),
);
