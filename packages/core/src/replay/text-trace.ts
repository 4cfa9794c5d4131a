/**
 * Traces as text, in the form that wee_alloc's are published in: a call a line, `Alloc(24),` or
 * `Free(7),` for the block of the seventh allocation, counted from 0. A block that is freed
 * already is left alone, and a request for no bytes is one for a byte, as a block must have one.
 */
import { BlockTable } from '../interceptor/block-table.ts';
import { TRACE_ALLOCATE, TRACE_DEALLOCATE, TraceError } from './heap-trace.ts';
import { SlotStack } from './slot-stack.ts';
import { TraceWriter } from './trace-writer.ts';

const CALL = /^(Alloc|Free)\((\d+)\),?$/;
/** What C's malloc aligns to on 32-bit targets; the text does not say. */
const ALIGN = 8;

/** Translates a text into a trace. @throws TraceError  `not-a-trace` */
export function parseTextTrace(text: string): Uint8Array<ArrayBuffer> {
  const writer = new TraceWriter();
  const slots = new SlotStack();
  const slotOf = new BlockTable();
  let allocations = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, name, digits] = CALL.exec(line.trim()) ?? [];
    if (name === undefined) throw new TraceError('not-a-trace', `no call: ${line.slice(0, 40)}`);
    if (name === 'Alloc') {
      writer.put(TRACE_ALLOCATE, ALIGN, -1, Math.max(1, Number(digits)));
      allocations++;
      // The table's key 0 stands for none, so blocks are numbered from 1.
      slotOf.set(allocations, slots.take());
    } else {
      const slot = slotOf.remove(Number(digits) + 1);
      if (slot < 0) continue;
      writer.put(TRACE_DEALLOCATE, 0, slot, 0);
      slots.put(slot);
    }
  }
  return writer.finish(slots.count);
}
