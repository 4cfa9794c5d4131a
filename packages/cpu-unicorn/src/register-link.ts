/**
 * Where the registers are: ours while the machine or the stepper works, Unicorn's while it runs.
 * They move when the other side asks.
 */
import type { Cpu } from '@bareheap/cpu';
import type { EngineIsa, RegisterWords } from './engine-isa.ts';
import type { RegisterFile, RegisterShape, Unicorn } from './unicorn-port.ts';

/** The state before an instruction, to be put back. */
export interface Snapshot {
  readonly pc: number;
  readonly values: Int32Array;
  readonly address: number;
  readonly bytes: Uint8Array | null;
}

const HALF = 2 ** 32;

export class RegisterLink {
  /** Whether ours hold the newest values. */
  areOurs = true;
  private readonly engine: EngineIsa;
  private readonly unicorn: Unicorn;
  private readonly ours: Cpu;
  private readonly isWide: boolean;
  /** Words of ours in the order of the file's values; behind them are the converted registers. */
  private readonly words: readonly RegisterWords[];
  private readonly file: RegisterFile;
  /** Unicorn's pc and stack pointer. */
  private readonly pointers: RegisterFile;
  /** What repeated instructions count down. */
  private readonly counter: RegisterFile;

  constructor(engine: EngineIsa, unicorn: Unicorn, ours: Cpu, isWide: boolean) {
    this.engine = engine;
    this.unicorn = unicorn;
    this.ours = ours;
    this.isWide = isWide;
    this.words = engine.shared.flatMap((register) => register.ours);
    const shapes = [
      ...engine.shared.map(({ theirs, ours: parts }) => ({
        id: theirs,
        words: parts.reduce((sum, { words }) => sum + words, 0),
      })),
      ...engine.converted.map(({ theirs }) => ({ id: theirs, words: 1 })),
    ];
    this.file = fileOf(unicorn, shapes);
    const words = isWide ? 2 : 1;
    this.pointers = fileOf(unicorn, [
      { id: engine.pc, words },
      { id: engine.stackPointer, words },
    ]);
    const { repeatCount } = engine;
    this.counter = fileOf(unicorn, repeatCount < 0 ? [] : [{ id: repeatCount, words }]);
  }

  /** Unicorn is about to run: gives it ours, which are then the older ones. */
  give(): void {
    if (!this.areOurs) return;
    const { values } = this.file;
    const { ours } = this;
    let at = 0;
    for (const { register, words } of this.words) {
      for (let word = 0; word < words; word++) values[at++] = ours.readWord(register, word);
    }
    for (const register of this.engine.converted) values[at++] = register.pack(ours);
    this.file.store();
    this.areOurs = false;
  }

  /** Somebody looks at ours. */
  fetch(): void {
    if (this.areOurs) return;
    this.areOurs = true;
    this.file.load();
    const { values } = this.file;
    const { ours } = this;
    let at = 0;
    for (const { register, words } of this.words) {
      for (let word = 0; word < words; word++) ours.writeWord(register, word, values[at++]!);
    }
    for (const register of this.engine.converted) register.unpack(ours, values[at++]!);
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

  /** Whether Unicorn, within a hook, has no more elements to repeat an instruction for. */
  hasRepeated(): boolean {
    const { counter } = this;
    counter.load();
    return counter.values[0] === 0 && counter.values[1] === 0;
  }

  /** Has the next run begin in this instruction set again. */
  restoreState(): void {
    this.fetch();
  }

  /** Unicorn's pc; good after a run that no hook stopped. */
  pc(): number {
    this.pointers.load();
    return this.pointer(0, true);
  }

  /** Unicorn's stack pointer, also within a hook. */
  stackPointer(): number {
    this.pointers.load();
    return this.pointer(1, false);
  }

  /** A pc of 64 bits is a signed number, as the MMU's addresses are. */
  private pointer(index: number, isSigned: boolean): number {
    const { values } = this.pointers;
    if (!this.isWide) return values[index]! >>> 0;
    const high = values[index * 2 + 1]!;
    return (isSigned ? high : high >>> 0) * HALF + (values[index * 2]! >>> 0);
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

function fileOf(unicorn: Unicorn, shapes: readonly RegisterShape[]): RegisterFile {
  return unicorn.registers?.(shapes) ?? oneByOne(unicorn, shapes);
}

function oneByOne(unicorn: Unicorn, shapes: readonly RegisterShape[]): RegisterFile {
  const values = new Int32Array(shapes.reduce((sum, { words }) => sum + words, 0));
  const bytes = new Uint8Array(values.buffer);
  const each = (visit: (id: number, at: number, words: number) => void): void => {
    let at = 0;
    for (const { id, words } of shapes) {
      visit(id, at, words);
      at += words;
    }
  };
  return {
    values,
    load: () =>
      each((id, at, words) => {
        if (words === 1) values[at] = unicorn.reg_read_i32(id);
        else bytes.set(unicorn.reg_read(id, words * 4), at * 4);
      }),
    store: () =>
      each((id, at, words) => {
        if (words === 1) unicorn.reg_write_i32(id, values[at]!);
        else unicorn.reg_write(id, bytes.slice(at * 4, (at + words) * 4));
      }),
  };
}
