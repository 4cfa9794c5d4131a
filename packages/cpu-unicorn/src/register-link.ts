/**
 * Where the registers are: ours while the machine or the stepper works, Unicorn's while it runs.
 * They move when the other side asks.
 */
import type { Cpu } from '@bareheap/cpu';
import type { EngineIsa } from './engine-isa.ts';
import type { RegisterFile, Unicorn } from './unicorn-port.ts';

/** The state before an instruction, to be put back. */
export interface Snapshot {
  readonly pc: number;
  readonly values: Int32Array;
  readonly address: number;
  readonly bytes: Uint8Array | null;
}

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

  /** Within a hook: all registers, and the bytes that an access is about to change. */
  snapshot(address: number, size: number): Snapshot {
    this.file.load();
    return {
      pc: this.pc(),
      values: this.file.values.slice(),
      address,
      bytes: mapped(this.unicorn, address, size),
    };
  }

  /** After the run: as if the instruction had not begun. */
  undo({ values, address, bytes }: Snapshot): void {
    this.file.values.set(values);
    this.file.store();
    if (bytes !== null) this.unicorn.mem_write(address, bytes);
  }

  /** Whether Unicorn, within a hook, runs code of this instruction set. */
  inState(): boolean {
    const { stateBit, flags } = this.engine;
    return stateBit === 0 || (this.unicorn.reg_read_i32(flags) & stateBit) !== 0;
  }

  /** Has the next run begin in this instruction set again. */
  restoreState(): void {
    this.fetch();
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

/** Bytes of Unicorn's memory; null where it has none. */
function mapped(unicorn: Unicorn, address: number, size: number): Uint8Array | null {
  try {
    return unicorn.mem_read(address, size);
  } catch {
    return null;
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
