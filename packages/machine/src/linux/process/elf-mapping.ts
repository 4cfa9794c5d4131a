/**
 * Puts the segments of one ELF file into a space, as the kernel does for a program and for its
 * dynamic loader.
 *
 * @see fs/binfmt_elf.c of Linux 6.18: elf_load, load_elf_interp, total_mapping_size
 */
import type { LoadPlan, ProgramHeader } from '@bareheap/image';
import { PAGE_BYTES, PROT_EXECUTE, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import {
  type AddressSpace,
  type FileTable,
  isError,
  mmap,
  munmap,
  NO_FILES,
} from '@bareheap/platform-posix';
import { GuestMemory } from './guest-memory.ts';
import type { ProgramFile } from './program-file.ts';

const PT_LOAD = 1;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_FIXED_NOREPLACE = 0x100000;

/** What is asked of a file's first mapping. */
export type Placement =
  /** At the addresses that the file names, plus a bias. */
  | { readonly kind: 'biased'; readonly bias: number }
  /** Wherever mmap puts it. */
  | { readonly kind: 'anywhere' };

export interface MappedElf {
  /** What is added to the addresses in the file. */
  readonly bias: number;
  /** Bytes of writable segments, which RLIMIT_DATA counts. */
  readonly dataBytes: number;
}

export function loadHeaders(plan: LoadPlan): ProgramHeader[] {
  const headers = plan.elf?.programHeaders ?? [];
  return headers.filter(({ type, memorySize }) => type === PT_LOAD && memorySize > 0);
}

const pageFloor = (address: number): number => address - (address % PAGE_BYTES);
const pageCeil = (address: number): number => Math.ceil(address / PAGE_BYTES) * PAGE_BYTES;

/** End of the last segment, unrounded, without a bias. */
export function imageEnd(plan: LoadPlan): number {
  return Math.max(...loadHeaders(plan).map((h) => h.virtualAddress + h.memorySize));
}

function protectionOf({ flags }: ProgramHeader): number {
  const bit = (flag: number, protection: number): number => ((flags & flag) === 0 ? 0 : protection);
  return bit(PF_R, PROT_READ) | bit(PF_W, PROT_WRITE) | bit(PF_X, PROT_EXECUTE);
}

/** Maps a file's segments: where they came, or a negative error number. */
export function mapElf(
  space: AddressSpace,
  program: ProgramFile,
  plan: LoadPlan,
  placement: Placement,
): MappedElf | number {
  const files: FileTable = { ...NO_FILES, file: () => program.file };
  const headers = loadHeaders(plan);
  const first = headers[0]!;
  const start = pageFloor(first.virtualAddress);
  const total = pageCeil(imageEnd(plan)) - start;
  let bias: number;
  if (placement.kind === 'anywhere') {
    const at = mapPart(space, files, first, 0, { length: total, fixed: 0 });
    if (isError(at)) return at;
    bias = at - start;
    const rest = at + total;
    const mapped = at + pageCeil(first.virtualAddress - start + first.fileSize);
    if (mapped < rest) munmap(space, mapped, rest - mapped);
  } else {
    bias = placement.bias;
  }
  for (const header of headers) {
    const isMapped = placement.kind === 'anywhere' && header === first;
    const failed = mapSegment(space, files, header, bias, isMapped);
    if (failed !== 0) return failed;
  }
  const writable = headers.filter(({ flags }) => (flags & PF_W) !== 0);
  return { bias, dataBytes: writable.reduce((sum, { memorySize }) => sum + memorySize, 0) };
}

function mapPart(
  space: AddressSpace,
  files: FileTable,
  header: ProgramHeader,
  bias: number,
  how: { readonly length: number; readonly fixed: number },
): number {
  const start = pageFloor(header.virtualAddress);
  const offset = header.offset - (header.virtualAddress - start);
  const address = how.fixed === 0 ? 0 : bias + start;
  const flags = MAP_PRIVATE | how.fixed;
  return mmap(space, files, address, how.length, protectionOf(header), flags, 0, offset);
}

/** Maps one segment: its bytes in the file, then zeros. 0 or a negative error number. */
function mapSegment(
  space: AddressSpace,
  files: FileTable,
  header: ProgramHeader,
  bias: number,
  isMapped: boolean,
): number {
  const { virtualAddress, fileSize, memorySize } = header;
  const start = pageFloor(virtualAddress);
  if (fileSize > 0 && !isMapped) {
    const length = pageCeil(virtualAddress - start + fileSize);
    const fixed = bias === 0 ? MAP_FIXED_NOREPLACE : MAP_FIXED;
    const at = mapPart(space, files, header, bias, { length, fixed });
    if (isError(at)) return at;
  }
  if (memorySize <= fileSize) return 0;
  const bytesEnd = bias + virtualAddress + fileSize;
  const zerosFrom = fileSize > 0 ? pageCeil(bytesEnd) : pageFloor(bias + virtualAddress);
  const zerosEnd = pageCeil(bias + virtualAddress + memorySize);
  if (fileSize > 0 && (header.flags & PF_W) !== 0) {
    const memory = new GuestMemory(space.mmu);
    memory.write(bytesEnd, new Uint8Array(Math.max(0, zerosFrom - bytesEnd)));
  }
  if (zerosEnd <= zerosFrom) return 0;
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  const protection = PROT_READ | PROT_WRITE | (protectionOf(header) & PROT_EXECUTE);
  const at = mmap(space, NO_FILES, zerosFrom, zerosEnd - zerosFrom, protection, flags, -1, 0);
  return isError(at) ? at : 0;
}
