/**
 * Where the registers are: ours while the machine or the stepper works, Unicorn's while it runs.
 * They move when the other side asks.
 */
import type { Cpu } from '@bareheap/cpu';
import type { EngineIsa } from './engine-isa.ts';
import type { RegisterFile, Unicorn } from './unicorn-port.ts';

type Registers = Pick<Cpu, 'read' | 'write'>;

export class RegisterLink {
  /** Whether ours hold the newest values. */
  areOurs = true;
  private readonly engine: EngineIsa;
  private readonly unicorn: Unicorn;
  private readonly ours: Registers;
  private readonly file: RegisterFile;

  constructor(engine: EngineIsa, unicorn: Unicorn, ours: Registers) {
    this.engine = engine;
    this.unicorn = unicorn;
    this.ours = ours;
    const ids = engine.pairs.map(({ theirs }) => theirs);
    if (engine.flags >= 0) ids.push(engine.flags);
    this.file = unicorn.registers?.(ids) ?? oneByOne(unicorn, ids);
  }

  /** Unicorn is about to run: gives it ours, which are then the older ones. */
  give(): void {
    if (!this.areOurs) return;
    const { values } = this.file;
    const { pairs } = this.engine;
    for (let index = 0; index < pairs.length; index++) {
      values[index] = this.ours.read(pairs[index]!.ours);
    }
    if (this.engine.flags >= 0) values[pairs.length] = this.engine.packFlags(this.ours);
    this.file.store();
    this.areOurs = false;
  }

  /** Somebody looks at ours. */
  fetch(): void {
    if (this.areOurs) return;
    this.areOurs = true;
    this.file.load();
    const { values } = this.file;
    const { pairs } = this.engine;
    for (let index = 0; index < pairs.length; index++) {
      this.ours.write(pairs[index]!.ours, values[index]!);
    }
    if (this.engine.flags >= 0) this.engine.unpackFlags(this.ours, values[pairs.length]!);
  }

  /** Unicorn's pc; good after a run that no hook stopped. */
  pc(): number {
    return this.unicorn.reg_read_i32(this.engine.pc) >>> 0;
  }

  /** Unicorn's stack pointer, also within a hook. */
  stackPointer(): number {
    return this.unicorn.reg_read_i32(this.engine.stackPointer);
  }
}

function oneByOne(unicorn: Unicorn, ids: readonly number[]): RegisterFile {
  const values = new Int32Array(ids.length);
  return {
    values,
    load: () => {
      for (let at = 0; at < ids.length; at++) values[at] = unicorn.reg_read_i32(ids[at]!);
    },
    store: () => {
      for (let at = 0; at < ids.length; at++) unicorn.reg_write_i32(ids[at]!, values[at]!);
    },
  };
}
