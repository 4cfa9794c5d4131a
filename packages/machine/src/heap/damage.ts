/** Findings of the debug heap about damaged bytes, as the report has them. */
import { type DebugFinding, type DebugFindingKind, type Heap, isWatchful } from '@bareheap/core';
import type { Finding, Moment } from '@bareheap/inspect';
import type { HeapLedger } from './heap-ledger.ts';
import { blockInfo } from './misuse.ts';

const hex = (value: number): string => `0x${value.toString(16)}`;

/** What of the debug heap's findings the books of the calls do not tell. */
const DAMAGE: Readonly<Partial<Record<DebugFindingKind, string>>> = {
  'heap-buffer-overflow': 'bytes behind a block were written over',
  'heap-buffer-underflow': 'bytes before a block were written over',
  'use-after-free': 'bytes of a freed block were written over',
};

/**
 * The findings of damage among these that are new. The write itself was not seen: `pc` and `moment`
 * are of the call that noticed, and what was written may be long past.
 */
export function damageFindings(
  found: readonly DebugFinding[],
  ledger: HeapLedger,
  pc: number,
  moment: Moment,
): Finding[] {
  return found.flatMap(({ kind, address, block: damaged }) => {
    const what = DAMAGE[kind];
    if (what === undefined) return [];
    const at = damaged?.address ?? address;
    const block = ledger.live.get(at) ?? ledger.freedAt(at);
    if (block !== null && block.damage === kind) return [];
    if (block !== null) block.damage = kind;
    return [
      {
        kind,
        address,
        pc,
        stack: moment.stack,
        instruction: moment.instruction,
        ...(block === null ? {} : { block: blockInfo(block, address) }),
        message: `${what}: at ${hex(address)}, noticed here`,
      },
    ];
  });
}

/**
 * Lets a heap that looks for damage look at all its bytes once more, at the end of what it served:
 * findings that are new, as {@link damageFindings}. `momentNow` is asked for when there are any.
 */
export function sweepFindings(
  heap: Heap,
  ledger: HeapLedger,
  pc: number,
  momentNow: () => Moment,
): Finding[] {
  if (!isWatchful(heap)) return [];
  heap.sweep();
  const found = heap.takeFindings();
  return found.length === 0 ? [] : damageFindings(found, ledger, pc, momentNow());
}
