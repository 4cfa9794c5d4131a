/** getrlimit, setrlimit and prlimit64 for the process itself, with its structures in memory. */
import { Supervisor } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { unsigned, wordFromHalves } from './address-word.ts';
import { EFAULT, EINVAL, ESRCH } from './errno.ts';
import type { ResourceLimit } from './resource-limits.ts';

/** struct rlimit64: soft and hard limit, each an unsigned 64-bit word; all ones is no limit. */
const LIMIT_BYTES = 16;

function readLimit(space: AddressSpace, address: number): ResourceLimit | null {
  const bytes = new Supervisor(space.mmu).copyOut(address, LIMIT_BYTES);
  if (bytes.length < LIMIT_BYTES) {
    space.mmu.faulted = false;
    return null;
  }
  const view = new DataView(bytes.buffer);
  const word = (offset: number): number => {
    const low = view.getUint32(offset, true);
    const high = view.getUint32(offset + 4, true);
    if (low === 0xffffffff && high === 0xffffffff) return Number.POSITIVE_INFINITY;
    return unsigned(wordFromHalves(high, low));
  };
  return { soft: word(0), hard: word(8) };
}

function writeLimit(space: AddressSpace, address: number, limit: ResourceLimit): number {
  const view = new DataView(new ArrayBuffer(LIMIT_BYTES));
  [limit.soft, limit.hard].forEach((value, index) => {
    const finite = Number.isFinite(value);
    view.setUint32(index * 8, finite ? value % 2 ** 32 : 0xffffffff, true);
    view.setUint32(index * 8 + 4, finite ? Math.floor(value / 2 ** 32) : 0xffffffff, true);
  });
  const bytes = new Uint8Array(view.buffer);
  if (new Supervisor(space.mmu).copyIn(address, bytes) === LIMIT_BYTES) return 0;
  space.mmu.faulted = false;
  return -EFAULT;
}

/** Writes a resource's limits to memory: 0, -EINVAL or -EFAULT. */
export function getrlimit(space: AddressSpace, resource: number, address: number): number {
  const limit = space.limits.get(resource >>> 0);
  return limit === null ? -EINVAL : writeLimit(space, address, limit);
}

/** Sets a resource's limits from memory: 0, -EINVAL, -EPERM or -EFAULT. */
export function setrlimit(space: AddressSpace, resource: number, address: number): number {
  const limit = readLimit(space, address);
  return limit === null ? -EFAULT : space.limits.set(resource >>> 0, limit);
}

/**
 * Reads and sets limits at once, for the process itself.
 *
 * @param self  the process's id; 0 also names it, every other is -ESRCH
 */
export function prlimit(
  space: AddressSpace,
  self: number,
  process: number,
  resource: number,
  newLimit: number,
  oldLimit: number,
): number {
  const wanted = newLimit === 0 ? null : readLimit(space, newLimit);
  if (newLimit !== 0 && wanted === null) return -EFAULT;
  if (process !== 0 && process !== self) return -ESRCH;
  const before = space.limits.get(resource >>> 0);
  if (before === null) return -EINVAL;
  const result = wanted === null ? 0 : space.limits.set(resource >>> 0, wanted);
  if (result !== 0 || oldLimit === 0) return result;
  return writeLimit(space, oldLimit, before);
}
