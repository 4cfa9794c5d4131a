/** Where a thread is: the calls that led there, named when somebody asks. */
import type { Moment, StackFrame } from '@bareheap/inspect';
import type { Thread } from '../process/thread.ts';
import type { ModuleMap } from './module-map.ts';

const FRAME_LIMIT = 64;

export class Moments {
  private readonly modules: ModuleMap;

  constructor(modules: ModuleMap) {
    this.modules = modules;
  }

  /** The moment of a thread whose registers its engine holds; `pc` is where it stands. */
  of(thread: Thread, pc: number): Moment {
    const { process } = thread;
    const { kernel, space } = process;
    const frames = process.cpu.shadowFrames().slice(0, FRAME_LIMIT);
    const addresses = [pc, ...frames.map(({ returnTo }) => returnTo - 1)];
    const name = (): StackFrame[] =>
      addresses.flatMap((address) => this.modules.frames(space, address));
    let stack: StackFrame[] | null = null;
    return {
      get stack(): StackFrame[] {
        stack ??= name();
        return stack;
      },
      instruction: kernel.instructions,
    };
  }
}
