/**
 * Handlers that are asked of every exception before any frame's. A handle is the address of a node
 * in the process's heap, which has the handler's address, as it is in Windows: the same function
 * can be there twice.
 */
import type { WindowsProcess } from '../process/windows-process.ts';

/** Two links, and the function. */
const NODE_BYTES = 24;
const FUNCTION = 16;

/** Adds a handler; its handle, or 0 when there is no memory for it. */
export function addVectoredHandler(
  process: WindowsProcess,
  list: number[],
  handler: number,
  isFirst: boolean,
): number {
  const node = process.heaps.allocateOwn(NODE_BYTES, true);
  if (node === 0) return 0;
  process.memory.setU64(node + FUNCTION, handler);
  if (isFirst) list.unshift(node);
  else list.push(node);
  return node;
}

/** False when it is no handle of this list. */
export function removeVectoredHandler(
  process: WindowsProcess,
  list: number[],
  handle: number,
): boolean {
  const at = list.indexOf(handle);
  if (at < 0) return false;
  list.splice(at, 1);
  process.heaps.free(handle);
  return true;
}

/** The functions of a list, in the order in which they are asked. */
export function vectoredFunctions({ memory }: WindowsProcess, list: readonly number[]): number[] {
  return list.map((node) => memory.u64(node + FUNCTION));
}
