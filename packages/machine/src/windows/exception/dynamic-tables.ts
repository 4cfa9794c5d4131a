/**
 * Unwind information of code that programs make while they run: tables that they hand over, or
 * functions that are asked for an entry. What a table says lies in the program's memory and is read
 * there each time.
 *
 * @see Microsoft, RtlAddFunctionTable, RtlInstallFunctionTableCallback, RtlAddGrowableFunctionTable
 */
import { RUNTIME_FUNCTION_BYTES } from '@bareheap/image';
import type { ProcessMemory } from '../process/process-memory.ts';
import { type RuntimeFunction, readEntry } from './runtime-function.ts';

/** Most tables at once: each costs the host some 100 bytes. */
const TABLE_LIMIT = 1 << 16;
/** Most entries of one table, and those that one search looks at in all tables. */
const ENTRY_LIMIT = 1 << 16;
const SEARCH_LIMIT = 1 << 20;

interface EntryTable {
  readonly kind: 'entries';
  /** What it is deleted by. */
  readonly id: number;
  readonly base: number;
  /** The code that it is about: [base, end). */
  readonly end: number;
  /** Address of its first entry. */
  readonly at: number;
  count: number;
}

interface CallbackTable {
  readonly kind: 'callback';
  readonly id: number;
  readonly base: number;
  readonly end: number;
  /** Address of the function that gives entries, and what it gets beside the pc. */
  readonly callback: number;
  readonly context: number;
}

export type DynamicTable = EntryTable | CallbackTable;

export class DynamicTables {
  private readonly tables: DynamicTable[] = [];
  private nextGrowable = 1;
  /** Entries that were looked at, also those of images, since a walk last paused. */
  looked = 0;

  /** A table of entries whose offsets count from `base`; false when there are too many. */
  add(at: number, count: number, base: number): boolean {
    const end = Number.POSITIVE_INFINITY;
    return this.insert({ kind: 'entries', id: at, base, end, at, count });
  }

  /**
   * A table that grows, of the code in [base, end).
   *
   * @returns its handle, which is no address; 0 when there are too many tables
   */
  addGrowable(at: number, count: number, base: number, end: number): number {
    const id = this.nextGrowable++;
    return this.insert({ kind: 'entries', id, base, end, at, count }) ? id : 0;
  }

  /** A function that gives the entries of [base, base + length); false when there are too many. */
  addCallback(table: Omit<CallbackTable, 'kind' | 'end'>, length: number): boolean {
    return this.insert({ kind: 'callback', ...table, end: table.base + length });
  }

  /** False when there is no such table. */
  delete(id: number): boolean {
    const index = this.tables.findIndex((table) => table.id === id);
    if (index >= 0) this.tables.splice(index, 1);
    return index >= 0;
  }

  grow(id: number, count: number): void {
    const table = this.tables.find((one) => one.id === id);
    if (table?.kind === 'entries') table.count = count;
  }

  /** The entry of a function, or the table whose callback has to be asked for it. */
  find(memory: ProcessMemory, pc: number): RuntimeFunction | CallbackTable | null {
    let left = SEARCH_LIMIT;
    for (const table of this.tables) {
      if (pc < table.base || pc >= table.end) continue;
      if (table.kind === 'callback') return table;
      const count = Math.min(table.count, ENTRY_LIMIT, left);
      const found = findEntry(memory, table, count, pc - table.base);
      this.looked += count;
      if (found !== null) return found;
      left -= count;
    }
    return null;
  }

  private insert(table: DynamicTable): boolean {
    if (this.tables.length >= TABLE_LIMIT) return false;
    this.tables.push(table);
    return true;
  }
}

function findEntry(
  memory: ProcessMemory,
  table: EntryTable,
  count: number,
  rva: number,
): RuntimeFunction | null {
  for (let index = 0; index < count && !memory.mmu.faulted; index++) {
    const at = table.at + index * RUNTIME_FUNCTION_BYTES;
    if (rva < memory.u32(at) || rva >= memory.u32(at + 4)) continue;
    const entry = readEntry(memory, at, table.base);
    return memory.mmu.faulted ? null : entry;
  }
  return null;
}
