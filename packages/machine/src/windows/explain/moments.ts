/** Where a thread is: the calls that led there, named by the modules that they are in. */
import { Symbolizer } from '@bareheap/image';
import type { Moment, StackFrame } from '@bareheap/inspect';
import {
  CapturedMoment,
  captureCallers,
  captureCalls,
  MOMENT_ADDRESSES,
} from '../../stack/captured-moment.ts';
import type { LoadedModule } from '../module/loaded-module.ts';
import type { WindowsProcess } from '../process/windows-process.ts';

/** Turns a mangled name into what the source says; the name itself when it is not mangled. */
export type Demangle = (name: string) => string;

export class Moments {
  private readonly process: WindowsProcess;
  private readonly demangle: Demangle;
  private readonly symbolizers = new Map<LoadedModule, Symbolizer>();
  private readonly scratch = new Float64Array(MOMENT_ADDRESSES);

  constructor(process: WindowsProcess, demangle: Demangle) {
    this.process = process;
    this.demangle = demangle;
  }

  /** The moment of the thread on the engine; `pc` is where it stands. Named when somebody asks. */
  at(pc: number): Moment {
    const { cpu } = this.process;
    const addresses = this.scratch.slice(0, captureCalls(cpu, pc, this.scratch, 0));
    return new ModuleMoment(this, addresses, true, cpu.instructionCount);
  }

  /** The calls that led to the function that begins or ends now, without it. */
  ofCallers(): Moment {
    const { cpu } = this.process;
    const addresses = this.scratch.slice(0, captureCallers(cpu, this.scratch, 0));
    return new ModuleMoment(this, addresses, false, cpu.instructionCount);
  }

  /** The functions that an instruction is in: one, and those that were inlined into it before it. */
  frames(pc: number): StackFrame[] {
    const gate = this.process.gates.around(pc);
    if (gate !== null) {
      const { name, module } = gate;
      return [{ pc, function: name, file: null, line: null, module }];
    }
    const module = this.process.moduleAt(pc);
    if (module === null) return [{ pc, function: null, file: null, line: null }];
    const found = this.symbolizerOf(module)?.frames(pc - module.bias) ?? [];
    if (found.length === 0) {
      return [{ pc, function: null, file: null, line: null, module: module.name }];
    }
    return found.map(({ function: name, offset, file, line }) => ({
      ...{ pc, function: name, offset, file, line },
      module: module.name,
    }));
  }

  private symbolizerOf(module: LoadedModule): Symbolizer | null {
    if (module.plan === null) return null;
    const known = this.symbolizers.get(module);
    if (known !== undefined) return known;
    const made = new Symbolizer(module.plan, this.demangle);
    this.symbolizers.set(module, made);
    return made;
  }
}

class ModuleMoment extends CapturedMoment {
  private readonly moments: Moments;

  constructor(moments: Moments, addresses: Float64Array, isAtFirst: boolean, instruction: number) {
    super(addresses, isAtFirst, instruction);
    this.moments = moments;
  }

  protected override framesAt(address: number): StackFrame[] {
    return this.moments.frames(address);
  }
}
