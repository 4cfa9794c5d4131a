/** Where a thread is: the calls that led there, named when somebody asks. */
import type { Moment, StackFrame } from '@bareheap/inspect';
import type { AddressSpace } from '@bareheap/platform-posix';
import type { Thread } from '../process/thread.ts';
import type { ModuleMap } from './module-map.ts';

/** Addresses of a moment at most: where the thread stands, and where its calls return to. */
export const MOMENT_ADDRESSES = 64;

export class Moments {
  private readonly modules: ModuleMap;
  private readonly scratch = new Float64Array(MOMENT_ADDRESSES);

  constructor(modules: ModuleMap) {
    this.modules = modules;
  }

  /** The moment of a thread whose registers its engine holds; `pc` is where it stands. */
  of(thread: Thread, pc: number): Moment {
    const { kernel, space } = thread.process;
    const count = this.capture(thread, pc, this.scratch, 0);
    return this.named(space, this.scratch.slice(0, count), kernel.instructions);
  }

  /** Writes the addresses of a moment to `into`, from an index on; how many. */
  capture(thread: Thread, pc: number, into: Float64Array, from: number): number {
    into[from] = pc;
    const { cpu } = thread.process;
    return 1 + cpu.shadowReturns(into, from + 1, MOMENT_ADDRESSES - 1);
  }

  /** The moment of addresses that were captured; they may not change any more. */
  named(space: AddressSpace, addresses: Float64Array, instruction: number): Moment {
    return new NamedMoment(this.modules, space, addresses, instruction);
  }
}

class NamedMoment implements Moment {
  readonly instruction: number;
  private readonly modules: ModuleMap;
  private readonly space: AddressSpace;
  private readonly addresses: Float64Array;
  private known: StackFrame[] | null = null;

  constructor(
    modules: ModuleMap,
    space: AddressSpace,
    addresses: Float64Array,
    instruction: number,
  ) {
    this.modules = modules;
    this.space = space;
    this.addresses = addresses;
    this.instruction = instruction;
  }

  /** Innermost first; a call lies before the address that it returns to. */
  get stack(): StackFrame[] {
    const { modules, space, addresses } = this;
    this.known ??= [...addresses].flatMap((address, index) =>
      modules.frames(space, index === 0 ? address : address - 1),
    );
    return this.known;
  }
}
