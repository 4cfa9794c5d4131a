/**
 * A process's memory put together: the space with its fault hook, its files, and the copy that fork
 * makes.
 */
import { Mmu } from '@bareheap/mmu';
import { AddressSpace, type AddressSpaceOptions } from './address-space.ts';
import type { FileTable } from './linux-files.ts';
import {
  has,
  VM_DONTFORK,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_MAYBE_GUARD,
  VM_WIPEONFORK,
  withMapping,
} from './linux-vma.ts';
import { handleFault } from './page-fault.ts';

/** What a memory call acts on. */
export interface LinuxProcess {
  readonly space: AddressSpace;
  readonly files: FileTable;
  readonly id: number;
}

/** Bytes of frames of a space that brings no MMU of its own. */
const DEFAULT_MEMORY_BYTES = 256 << 20;

/** A space whose faults are answered: pages are filled, stacks grow, signals are noted. */
export function makeAddressSpace(
  options: Omit<AddressSpaceOptions, 'mmu'> & { readonly mmu?: Mmu },
): AddressSpace {
  const mmu = options.mmu ?? new Mmu({ addressBits: 48, memoryBytes: DEFAULT_MEMORY_BYTES });
  const space = new AddressSpace({ ...options, mmu });
  mmu.onFault = (fault) => handleFault(space, fault);
  return space;
}

/** The space of a forked child: frames are shared until one of the two writes. */
export function forkAddressSpace(parent: AddressSpace): AddressSpace {
  const child = parent.fork();
  child.mmu.onFault = (fault) => handleFault(child, fault);
  for (const vma of parent.vmas.all()) {
    if (has(vma, VM_DONTFORK)) {
      child.pages.drop(vma.start, vma.end);
      continue;
    }
    // Where nothing was written, faults of the child find the same again; the kernel copies nothing.
    const isWritten = vma.backing.anonVma !== 0 && !has(vma, VM_WIPEONFORK);
    const isCopied = isWritten || (has(vma, VM_MAYBE_GUARD) && !has(vma, VM_WIPEONFORK));
    if (!isCopied) child.pages.drop(vma.start, vma.end);
    const flags = vma.backing.flags & ~(VM_LOCKED | VM_LOCKONFAULT);
    const anonVma = isWritten ? child.newAnonVma() : 0;
    child.add(withMapping(vma, { flags, forked: isWritten, anonVma }));
  }
  for (const { start, end } of parent.guards.all()) {
    for (const vma of child.vmas.overlapping(start, end)) {
      if (has(vma, VM_WIPEONFORK)) continue;
      child.guards.add(Math.max(start, vma.start), Math.min(end, vma.end), true);
    }
  }
  return child;
}
