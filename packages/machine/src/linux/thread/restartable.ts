/**
 * Restartable sequences: a thread that loses its turn or takes a signal inside one goes on at the
 * sequence's abort address. There is one processor, number 0, and one node.
 *
 * @see rseq(2) of librseq; kernel/rseq.c, include/uapi/linux/rseq.h of Linux 6.18
 */
import { EBUSY, EFAULT, EINVAL, EPERM } from '../file/errno.ts';
import type { Restartable, Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';

const FLAG_UNREGISTER = 1;
/** Bytes of struct rseq as its first version had them. */
const FIRST_BYTES = 32;
/** Offsets in struct rseq. */
const CPU_ID_START = 0;
const CPU_ID = 4;
const CRITICAL_SECTION = 8;
const NODE_ID = 20;
const CONCURRENCY_ID = 24;
/** What cpu_id says of a thread that is not registered. */
const UNINITIALISED = -1;
/** Offsets in struct rseq_cs: version, flags, start_ip, post_commit_offset, abort_ip. */
const SECTION_START = 8;
const SECTION_LENGTH = 16;
const SECTION_ABORT = 24;
const SIGNATURE_BYTES = 4;

function registerRestartable(thread: Thread, words: Words): number {
  const [address, bytes, flags, signature] = [words[0]!, words[1]!, words[2]! | 0, words[3]! | 0];
  if ((flags & FLAG_UNREGISTER) !== 0) {
    return unregister(thread, flags, { address, bytes, signature });
  }
  if (flags !== 0) return -EINVAL;
  const known = thread.restartable;
  if (known !== null) {
    if (known.address !== address || known.bytes !== bytes) return -EINVAL;
    return known.signature === signature ? -EBUSY : -EPERM;
  }
  if (bytes < FIRST_BYTES || address % FIRST_BYTES !== 0) return -EINVAL;
  if (!storeIds(thread, address, 0, 0)) return -EFAULT;
  thread.restartable = { address, bytes, signature };
  return 0;
}

function unregister(thread: Thread, flags: number, asked: Restartable): number {
  const known = thread.restartable;
  if (flags !== FLAG_UNREGISTER || known === null || known.address !== asked.address) {
    return -EINVAL;
  }
  if (known.bytes !== asked.bytes) return -EINVAL;
  if (known.signature !== asked.signature) return -EPERM;
  if (!storeIds(thread, known.address, 0, UNINITIALISED)) return -EFAULT;
  thread.restartable = null;
  return 0;
}

function storeIds({ memory }: Thread, address: number, start: number, cpu: number): boolean {
  return (
    memory.storeU32(address + CPU_ID_START, start) &&
    memory.storeU32(address + CPU_ID, cpu) &&
    memory.storeU32(address + NODE_ID, 0) &&
    memory.storeU32(address + CONCURRENCY_ID, 0)
  );
}

/**
 * Leaves the restartable sequence that a thread, whose registers its engine holds, is in: false
 * when what it registered cannot be read or is wrong, for which Linux sends SIGSEGV.
 */
export function leaveRestartable(thread: Thread): boolean {
  const { restartable, memory, process } = thread;
  if (restartable === null) return true;
  const at = restartable.address + CRITICAL_SECTION;
  const section = memory.word(at);
  if (section === null) return false;
  if (section === 0) return true;
  const start = memory.word(section + SECTION_START);
  const length = memory.word(section + SECTION_LENGTH);
  const abort = memory.word(section + SECTION_ABORT);
  if (start === null || length === null || abort === null || !memory.storeWord(at, 0)) return false;
  const { cpu } = process;
  if (cpu.pc < start || cpu.pc >= start + length) return true;
  if (memory.i32(abort - SIGNATURE_BYTES) !== restartable.signature) return false;
  cpu.pc = abort;
  return true;
}

export const RESTARTABLE_CALLS: readonly SystemCall[] = [
  {
    name: 'rseq',
    number: 334,
    arguments: ['rseq', 'unsigned', 'hex', 'hex'],
    result: 'int',
    call: registerRestartable,
  },
];
