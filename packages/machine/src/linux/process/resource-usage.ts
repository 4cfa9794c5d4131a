/** struct rusage: 144 bytes. Time in the kernel is none; each instruction takes a nanosecond. */
import { type AddressSpace, residentCounts, residentPages } from '@bareheap/platform-posix';

export const RUSAGE_BYTES = 144;

const HIGH = 2 ** 32;
const SECOND = 1e9;
const MICROSECOND = 1e3;
const MAX_RESIDENT_AT = 32;
const KIB_PER_PAGE = 4;

/** @param nanoseconds  time that was used */
export function usageBytes(
  nanoseconds: number,
  space: AddressSpace | null,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RUSAGE_BYTES);
  const view = new DataView(bytes.buffer);
  const setWord = (at: number, value: number): void => {
    view.setUint32(at, value % HIGH, true);
    view.setUint32(at + 4, Math.floor(value / HIGH), true);
  };
  setWord(0, Math.floor(nanoseconds / SECOND));
  setWord(8, Math.floor((nanoseconds % SECOND) / MICROSECOND));
  if (space !== null) setWord(MAX_RESIDENT_AT, residentKib(space));
  return bytes;
}

function residentKib(space: AddressSpace): number {
  let pages = 0;
  for (const vma of space.vmas.all()) pages += residentPages(residentCounts(space, vma));
  return pages * KIB_PER_PAGE;
}
