/** Where a thread is: the calls that led there, named by the modules that they are in. */
import type { Moment, StackFrame } from '@bareheap/inspect';
import type { AddressSpace } from '@bareheap/platform-posix';
import {
  CapturedMoment,
  captureCallers,
  captureCalls,
  MOMENT_ADDRESSES,
} from '../../stack/captured-moment.ts';
import type { Thread } from '../process/thread.ts';
import type { ModuleMap } from './module-map.ts';

export class Moments {
  private readonly modules: ModuleMap;
  private readonly scratch = new Float64Array(MOMENT_ADDRESSES);

  constructor(modules: ModuleMap) {
    this.modules = modules;
  }

  /** The moment of a thread whose registers its engine holds; `pc` is where it stands. */
  of({ process }: Thread, pc: number): Moment {
    const count = captureCalls(process.cpu, pc, this.scratch, 0);
    return this.named(process.space, this.scratch.slice(0, count), process.kernel.instructions);
  }

  /** The calls that led to the function that begins, without it; of such a thread, too. */
  ofCallers({ process }: Thread): Moment {
    const { cpu, space, kernel } = process;
    const addresses = this.scratch.slice(0, captureCallers(cpu, this.scratch, 0));
    return new ModuleMoment(this.modules, space, addresses, false, kernel.instructions);
  }

  /** The moment of addresses that captureCalls gave; they may not change any more. */
  named(space: AddressSpace, addresses: Float64Array, instruction: number): Moment {
    return new ModuleMoment(this.modules, space, addresses, true, instruction);
  }
}

class ModuleMoment extends CapturedMoment {
  private readonly modules: ModuleMap;
  private readonly space: AddressSpace;

  constructor(
    modules: ModuleMap,
    space: AddressSpace,
    addresses: Float64Array,
    isAtFirst: boolean,
    instruction: number,
  ) {
    super(addresses, isAtFirst, instruction);
    this.modules = modules;
    this.space = space;
  }

  protected override framesAt(address: number): StackFrame[] {
    return this.modules.frames(this.space, address);
  }
}
