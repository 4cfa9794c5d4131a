/** Where a thread is: the calls that led there, named by the modules that they are in. */
import { Symbolizer } from '@bareheap/image';
import type { Moment, StackFrame } from '@bareheap/inspect';
import type { LoadedModule } from '../module/loaded-module.ts';
import type { WindowsProcess } from '../process/windows-process.ts';

const FRAME_LIMIT = 64;

/** Turns a mangled name into what the source says; the name itself when it is not mangled. */
export type Demangle = (name: string) => string;

export class Moments {
  private readonly process: WindowsProcess;
  private readonly demangle: Demangle;
  private readonly symbolizers = new Map<LoadedModule, Symbolizer>();

  constructor(process: WindowsProcess, demangle: Demangle) {
    this.process = process;
    this.demangle = demangle;
  }

  /** The moment of the thread on the engine; `pc` is where it stands. Named when somebody asks. */
  at(pc: number): Moment {
    return this.of([pc, ...this.callers()]);
  }

  /** The calls that led to the function that begins or ends now, without it. */
  ofCallers(): Moment {
    return this.of(this.callers());
  }

  /** The functions that an instruction is in: one, and those that were inlined into it before it. */
  frames(pc: number): StackFrame[] {
    const stub = this.process.stubs.around(pc);
    if (stub !== null) {
      const { name, module } = stub;
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

  private callers(): number[] {
    const frames = this.process.cpu.shadowFrames().slice(0, FRAME_LIMIT);
    return frames.map(({ returnTo }) => returnTo - 1);
  }

  private of(addresses: readonly number[]): Moment {
    const name = (): StackFrame[] => addresses.flatMap((address) => this.frames(address));
    let stack: StackFrame[] | null = null;
    return {
      get stack(): StackFrame[] {
        stack ??= name();
        return stack;
      },
      instruction: this.process.cpu.instructionCount,
    };
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
