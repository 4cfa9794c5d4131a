/** What is said when the engine has no way to run an instruction of a Linux program. */
import { frameText } from '@bareheap/inspect';
import { Supervisor } from '@bareheap/mmu';
import { instructionText } from '../../instruction-text.ts';
import type { Moments } from '../module/moments.ts';
import type { Thread } from '../process/thread.ts';

/** `rdrand rax (48 0f c7 f0)`: the instruction at an address of the thread's process. */
export function instructionAt({ process }: Thread, address: number): string {
  const supervisor = new Supervisor(process.space.mmu);
  return instructionText((start, length) => supervisor.peek(start, length), address);
}

/** One line: the instruction with its bytes, where it lies and in which function. */
export function unsupportedInstruction(thread: Thread, moments: Moments): string {
  const { pc } = thread.process.cpu;
  const frame = moments.of(thread, pc).stack[0]!;
  const place = `0x${pc.toString(16)} in ${frameText(frame)}`;
  return `the instruction at ${place} is not supported: ${instructionAt(thread, pc)}`;
}
