/**
 * The pages that the kernel lends to a program: the vDSO, and below it the variables that its
 * functions read. They lie where Linux 6.18 puts them, with as many pages.
 *
 * @see arch/x86/entry/vdso/vma.c: map_vdso
 */
import { type FramePool, PAGE_BYTES, PROT_EXECUTE, PROT_READ } from '@bareheap/mmu';
import {
  type AddressSpace,
  isError,
  MemoryObject,
  mmap,
  munmap,
  NO_FILES,
} from '@bareheap/platform-posix';
import { VDSO_HEX } from './vdso-image.ts';

/** Pages from the lowest: variables of the clocks, of virtual clocks, the vDSO. */
const PARTS = [
  { name: '[vvar]', pages: 4, protection: PROT_READ },
  { name: '[vvar_vclock]', pages: 2, protection: PROT_READ },
  { name: '[vdso]', pages: 2, protection: PROT_READ | PROT_EXECUTE },
] as const;
const BYTES = PARTS.reduce((sum, { pages }) => sum + pages, 0) * PAGE_BYTES;
const MAP_PRIVATE = 2;
const MAP_ANONYMOUS = 0x20;

/** What every program of a guest sees there. */
export interface VdsoPages {
  readonly objects: readonly MemoryObject[];
}

/** @param startSeconds  from 1970 to the start of the run */
export function makeVdso(pool: FramePool, startSeconds: number): VdsoPages {
  const variables = new Uint8Array(PAGE_BYTES);
  new DataView(variables.buffer).setBigInt64(0, BigInt(startSeconds), true);
  const code = VDSO_HEX.join('').match(/../g) ?? [];
  const contents = [
    variables,
    new Uint8Array(0),
    Uint8Array.from(code, (hex) => parseInt(hex, 16)),
  ];
  const objects = PARTS.map(({ name, pages }, part) => {
    const bytes = contents[part]!;
    return new MemoryObject(pool, {
      name,
      device: '00:00',
      sizeBytes: pages * PAGE_BYTES,
      contents: {
        readPage: (index, page) =>
          page.set(bytes.subarray(index * PAGE_BYTES).subarray(0, PAGE_BYTES)),
      },
    });
  });
  return { objects };
}

/** Maps the pages as high as they fit: the address of the vDSO, or a negative error number. */
export function mapVdso(space: AddressSpace, { objects }: VdsoPages): number {
  const start = mmap(space, NO_FILES, 0, BYTES, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (isError(start)) return start;
  munmap(space, start, BYTES);
  let at = start;
  PARTS.forEach(({ pages, protection }, part) => {
    const end = at + pages * PAGE_BYTES;
    space.install(at, end, protection, { object: objects[part]! });
    at = end;
  });
  return at - PARTS.at(-1)!.pages * PAGE_BYTES;
}
