/** What is wrong with a pointer that was given back, from the books of the heap. */
import type { BlockInfo, Finding, Moment } from '@bareheap/inspect';
import type { HeapLedger, LedgerBlock } from './heap-ledger.ts';

const hex = (value: number): string => `0x${value.toString(16)}`;
/** A block this near to a wrong pointer is named. */
const REACH = 256;

/** A block as findings name it. */
export function blockInfo(block: LedgerBlock, address: number): BlockInfo {
  return {
    ordinal: block.ordinal,
    address: block.address,
    size: block.size,
    offset: address - block.address,
    allocatedAt: named(block.allocatedAt),
    ...(block.freedAt === null ? {} : { freedAt: named(block.freedAt) }),
  };
}

/** A moment with its stack as it is named now: the memory that tells names may be gone later. */
function named({ stack, instruction }: Moment): Moment {
  return { stack, instruction };
}

/** The finding for a free of something that is not a live block. */
export function misuseFinding(
  ledger: HeapLedger,
  name: string,
  address: number,
  pc: number,
  moment: Moment,
): Finding {
  const freed = ledger.freedAt(address);
  const isDouble = freed !== null && freed.address === address;
  const block = isDouble ? freed : (ledger.near(address, REACH) ?? freed);
  const what = isDouble
    ? `block ${freed.ordinal} at ${hex(address)} is freed a second time`
    : `${hex(address)} is no block that is live`;
  return {
    kind: isDouble ? 'double-free' : 'invalid-free',
    address,
    pc,
    instruction: moment.instruction,
    stack: moment.stack,
    ...(block === null ? {} : { block: blockInfo(block, address) }),
    message: `${name}: ${what}`,
  };
}
