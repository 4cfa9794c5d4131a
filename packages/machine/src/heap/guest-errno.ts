/**
 * Where the program's C library keeps errno, so that a served malloc that fails sets it as the
 * library's own would. Known: newlib (first word of the reentrancy structure that `_impure_ptr`
 * points to) and picolibc (a thread-local variable; without threads it is in the initial block at
 * `__tls_base`).
 */
import type { SymbolTable } from '@bareheap/image';
import type { Mmu } from '@bareheap/mmu';

/** ENOMEM of both libraries. */
export const ENOMEM = 12;

/** Sets errno; does nothing for a library that is not known. */
export function setErrno(mmu: Mmu, symbols: SymbolTable, value: number): void {
  const reentrancy = symbols.byName('_impure_ptr');
  const threadBlock = symbols.byName('__tls_base');
  const local = symbols.byName('errno');
  let address = 0;
  if (reentrancy !== null) address = mmu.loadSlow(reentrancy.address, 4);
  else if (threadBlock !== null && local?.kind === 'thread-local') {
    address = threadBlock.address + local.address;
  }
  if (address !== 0) mmu.storeSlow(address, 4, value);
  mmu.faulted = false;
}
