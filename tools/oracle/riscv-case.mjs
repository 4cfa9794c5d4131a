/** One RISC-V case: code, and the registers, CSRs and data that it starts from. */
import { SLOT_START, WINDOW_BYTES, WORD } from './riscv-layout.mjs';

/** What a register's value counts from. */
export const ABSOLUTE = 0;
export const IN_WINDOW = 1;
export const IN_SLOT = 2;
export const AT_END = 3;

/** Instructions that do nothing, by length. */
const NOPS = { 2: 1, 4: 0x13 };

/** A case to run; immutable but for the shrinker's copies. */
export class Case {
  /** Instructions: bits and length in bytes. */
  code = [];
  x = new Int32Array(32);
  /** What each register's value counts from. */
  xBase = new Uint8Array(32);
  sscratch = 0;
  scause = 0;
  fcsr = 0;
  f = new Int32Array(64);
  window = Buffer.alloc(WINDOW_BYTES);

  clone() {
    const copy = new Case();
    copy.code = this.code.map((instruction) => ({ ...instruction }));
    copy.x.set(this.x);
    copy.xBase.set(this.xBase);
    copy.f.set(this.f);
    Object.assign(copy, { sscratch: this.sscratch, scause: this.scause, fcsr: this.fcsr });
    this.window.copy(copy.window);
    return copy;
  }

  /** Replaces an instruction by one of the same length that does nothing. */
  neutralise(position) {
    const { length } = this.code[position];
    this.code[position] = { bits: NOPS[length], length };
  }

  /** Writes code, record and window into an image of RAM. */
  place(image, layout, index, ram) {
    const slot = layout.slot(index);
    const bases = [0, layout.window(index), slot, layout.end];
    const record = layout.record(index) - ram;
    image.writeUInt32LE(slot + SLOT_START, record + WORD.pc * 4);
    for (let n = 1; n < 32; n++)
      image.writeInt32LE((this.x[n] + bases[this.xBase[n]]) | 0, record + n * 4);
    image.writeInt32LE(this.sscratch, record + WORD.sscratch * 4);
    image.writeInt32LE(this.scause, record + WORD.scause * 4);
    if (layout.floatLength) {
      image.writeInt32LE(this.fcsr, record + WORD.fcsr * 4);
      for (let n = 0; n < 64; n++) image.writeInt32LE(this.f[n], record + (WORD.f + n) * 4);
    }
    this.window.copy(image, layout.window(index) - ram);
    let at = slot + SLOT_START - ram;
    for (const { bits, length } of this.code) {
      if (length === 4) image.writeInt32LE(bits, at);
      else image.writeUInt16LE(bits & 0xffff, at);
      at += length;
    }
  }
}
