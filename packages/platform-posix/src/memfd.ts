/** memfd_create, and an in-memory table of descriptors for spaces that have no other files. */
import { Supervisor } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { EBADF, EFAULT, EINVAL, EMFILE, ENODEV } from './errno.ts';
import { hugePageOf } from './huge-page.ts';
import {
  HUGE_MASK,
  HUGE_SHIFT,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
  MFD_HUGETLB,
  MFD_NOEXEC_SEAL,
} from './linux-constants.ts';
import type { FileTable, MappableFile } from './linux-files.ts';
import { MemoryObject } from './memory-object.ts';

const KNOWN = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC;
/** NAME_MAX less the prefix that the kernel gives the name. */
const MOST_NAME_BYTES = 255 - 'memfd:'.length;

/** Makes a file that lives in memory: its descriptor, -EINVAL, -EFAULT, -ENODEV or -EMFILE. */
export function memfdCreate(
  space: AddressSpace,
  files: FileTable,
  name: number,
  flags: number,
): number {
  const both = MFD_EXEC | MFD_NOEXEC_SEAL;
  const isHuge = (flags & MFD_HUGETLB) !== 0;
  const known = isHuge ? KNOWN | MFD_HUGETLB | (HUGE_MASK << HUGE_SHIFT) : KNOWN;
  if ((flags & ~known) !== 0 || (flags & both) === both) return -EINVAL;
  const bytes = new Supervisor(space.mmu).cString(name, MOST_NAME_BYTES + 1);
  if (space.mmu.faulted) {
    space.mmu.faulted = false;
    return -EFAULT;
  }
  if (bytes.length > MOST_NAME_BYTES) return -EINVAL;
  const file = memoryFile(space, new TextDecoder().decode(bytes));
  if (!isHuge) return files.open(file);
  const hugePageBytes = hugePageOf(flags);
  return hugePageBytes === 0 ? -ENODEV : files.open({ ...file, hugePageBytes });
}

/** An empty file in memory, open for reading and writing. */
export function memoryFile(space: AddressSpace, name: string): MappableFile {
  return {
    object: new MemoryObject(space.mmu.pool, { name: `/memfd:${name} (deleted)` }),
    readable: true,
    writable: true,
    appends: false,
    noExecute: false,
    tellsResidency: true,
  };
}

/** Descriptors from 3 up, as a process has that opened nothing but the terminal. */
export class MemoryFileTable implements FileTable {
  private readonly files: Map<number, MappableFile> = new Map();
  private readonly limit: number;

  constructor(limit = 1024) {
    this.limit = limit;
  }

  file(descriptor: number): MappableFile | null {
    return this.files.get(descriptor) ?? null;
  }

  /** Opens a file; the descriptor takes over one hold of its object. */
  open(file: MappableFile): number {
    for (let descriptor = 3; descriptor < this.limit; descriptor++) {
      if (this.files.has(descriptor)) continue;
      this.files.set(descriptor, file);
      return descriptor;
    }
    return -EMFILE;
  }

  closeAll(): void {
    for (const descriptor of [...this.files.keys()]) this.close(descriptor);
  }

  /** Closes a descriptor: 0 or -EBADF. What is mapped stays mapped. */
  close(descriptor: number): number {
    const file = this.files.get(descriptor);
    if (file === undefined) return -EBADF;
    file.object?.release();
    this.files.delete(descriptor);
    return 0;
  }
}
