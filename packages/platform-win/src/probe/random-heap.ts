/**
 * Random programs of heap calls and of global and local memory. Only blocks that live are used:
 * what others do is undefined. HeapWalk is left out: Wine shows blocks that wait to be freed.
 */
import type { ProgramSource } from './program-source.ts';

const BLOCKS = 12;
/** Bytes of small, middling and large requests. */
const SIZES: readonly ((source: ProgramSource) => number)[] = [
  (s) => s.below(64),
  (s) => s.below(600),
  (s) => s.below(600),
  (s) => s.below(5000),
  (s) => s.below(70000),
  (s) => (s.oneIn(6) ? 0x80000 + s.below(0x100000) : 16 * s.below(64)),
];

interface Block {
  readonly name: string;
  /** Bytes, or -1 when it does not live. */
  size: number;
}

function blocksNamed(letter: string, count: number): Block[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${letter}${index}`, size: -1 }));
}

function sizeOf(source: ProgramSource): number {
  return source.pick(SIZES)(source);
}

/** What may be done with a block that lives. */
function useBlock(source: ProgramSource, { name, size }: Block): string {
  const byte = source.below(256);
  if (size <= 0) return `HeapSize h 0 ${name}`;
  const part = Math.min(size, 3000);
  return source.pick([
    `fill ${name} ${part} ${byte}`,
    `fill ${name} ${part} ${byte}`,
    `store ${name}+${size - 1} 1 ${byte}`,
    `HeapSize h 0 ${name}`,
    `HeapValidate h 0 ${name}`,
    `mod ${name} 16`,
  ]);
}

/** Grows or shrinks; only bytes that are known are looked at later. */
function resize(source: ProgramSource, block: Block): string[] {
  const size = sizeOf(source);
  const kept = Math.min(block.size, size, 3000);
  const isZeroed = source.oneIn(2);
  const flags = isZeroed ? 'HEAP_ZERO_MEMORY' : '0';
  const byte = source.below(256);
  const lines = [
    ...(kept > 0 ? [`fill ${block.name} ${kept} ${byte}`] : []),
    `${block.name} = HeapReAlloc h ${flags} ${block.name} ${size}`,
    ...(kept > 0 ? [`sum ${block.name} ${kept}`] : []),
  ];
  const fresh = Math.min(size - block.size, 4000);
  if (isZeroed && fresh > 0) lines.push(`sum ${block.name}+${block.size} ${fresh}`);
  block.size = size;
  return lines;
}

function heapStatements(source: ProgramSource, blocks: readonly Block[]): string[] {
  const block = source.pick(blocks);
  if (source.oneIn(20)) {
    return [source.pick(['HeapValidate h 0 0', 'HeapLock h', 'HeapUnlock h'])];
  }
  if (source.oneIn(40)) {
    return [
      source.pick([
        'HeapAlloc h 0 -1',
        'HeapAlloc h HEAP_GENERATE_EXCEPTIONS -4096',
        'HeapAlloc h 0 0x7fffffffffff',
        'HeapReAlloc h 0 0 10',
        'HeapFree h 0 0',
      ]),
    ];
  }
  if (block.size < 0) {
    block.size = sizeOf(source);
    const isZeroed = source.oneIn(3);
    const flags = isZeroed ? 'HEAP_ZERO_MEMORY' : '0';
    const made = `${block.name} = HeapAlloc h ${flags} ${block.size}`;
    return isZeroed ? [made, `sum ${block.name} ${block.size}`] : [made];
  }
  if (source.oneIn(3)) {
    const freed = `HeapFree h ${source.pick(['0', 'HEAP_NO_SERIALIZE'])} ${block.name}`;
    block.size = -1;
    return [freed];
  }
  return source.oneIn(3) ? resize(source, block) : [useBlock(source, block)];
}

/** A program of at least so many calls on one private heap. */
export function randomHeapProgram(source: ProgramSource, calls: number): string[] {
  const checks = source.pick(['0', '0', '0x10', '0x20', '0x30']);
  const flags = source.pick(['0', '0', 'HEAP_NO_SERIALIZE']);
  const initial = source.pick(['0', '4k', '100000']);
  const lines = [`NtGlobalFlag ${checks}`, `h = HeapCreate ${flags} ${initial} 0`];
  const blocks = blocksNamed('b', BLOCKS);
  while (lines.length < calls) lines.push(...heapStatements(source, blocks));
  return [...lines, 'HeapValidate h 0 0', 'HeapDestroy h'];
}

// Global and local memory: handles g0, g1, …, each of one family and moveable or fixed.

interface Handle {
  readonly name: string;
  family: 'Global' | 'Local';
  isMoveable: boolean;
  /** Bytes, or -1 when it does not live. */
  size: number;
  locks: number;
}

function makeHandle(source: ProgramSource, handle: Handle): string {
  handle.family = source.pick(['Global', 'Local']);
  handle.isMoveable = source.oneIn(2);
  handle.size = source.oneIn(10) ? 0 : sizeOf(source);
  handle.locks = 0;
  const letter = handle.family === 'Global' ? 'G' : 'L';
  const kind = handle.isMoveable ? `${letter}MEM_MOVEABLE` : `${letter}MEM_FIXED`;
  const zero = source.oneIn(2) ? `|${letter}MEM_ZEROINIT` : '';
  return `${handle.name} = ${handle.family}Alloc ${kind}${zero} ${handle.size}`;
}

function useHandle(source: ProgramSource, handle: Handle): string {
  const { name, family } = handle;
  const choice = source.below(8);
  if (choice === 0) {
    handle.size = -1;
    return `${family}Free ${name}`;
  }
  if (choice === 1 && handle.locks < 200) {
    if (handle.isMoveable && handle.size > 0) handle.locks++;
    return `${family}Lock ${name}`;
  }
  if (choice === 2) {
    handle.locks = Math.max(0, handle.locks - 1);
    return `${family}Unlock ${name}`;
  }
  if (choice === 3 && handle.locks === 0 && handle.size > 0) {
    handle.size = 1 + sizeOf(source);
    const flag = family === 'Global' ? 'GMEM_MOVEABLE' : 'LMEM_MOVEABLE';
    return `${name} = ${family}ReAlloc ${name} ${handle.size} ${flag}`;
  }
  return `${family}${source.pick(['Size', 'Flags'])} ${name}`;
}

/** A program of so many calls on global and local memory. */
export function randomHandleProgram(source: ProgramSource, calls: number): string[] {
  const handles: Handle[] = blocksNamed('g', BLOCKS).map(({ name }) => ({
    name,
    family: 'Global',
    isMoveable: false,
    size: -1,
    locks: 0,
  }));
  const lines = Array.from({ length: calls }, () => {
    const handle = source.pick(handles);
    return handle.size < 0 ? makeHandle(source, handle) : useHandle(source, handle);
  });
  const live = handles.filter(({ size }) => size >= 0);
  return [...lines, ...live.map(({ family, name }) => `${family}Free ${name}`)];
}
