/** What x86-step/tracer.c recorded, a record at a time; the layout is described there. */
import { closeSync, openSync, readSync } from 'node:fs';

const PAGE = 4096;
const CHUNK = 1 << 20;
/** Words of user_regs_struct, in its order; then come those of FXSAVE. */
const REGISTERS = `r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags
  rsp ss fsbase gsbase ds es fs gs`.split(/\s+/);
const FLOATS = REGISTERS.length;
const STATE_WORDS = FLOATS + 64;
const MXCSR_AT = 24;

/** The processor's state, as far as it was told. */
export class NativeState {
  constructor() {
    this.bytes = new DataView(new ArrayBuffer(STATE_WORDS * 8));
    /** FXSAVE's image. */
    this.image = new DataView(this.bytes.buffer, FLOATS * 8, 512);
  }

  set(word, low, high) {
    this.bytes.setInt32(word * 8, low, true);
    this.bytes.setInt32(word * 8 + 4, high, true);
  }

  low(name) {
    return this.bytes.getInt32(REGISTERS.indexOf(name) * 8, true);
  }

  high(name) {
    return this.bytes.getInt32(REGISTERS.indexOf(name) * 8 + 4, true);
  }

  /** An address; good for those of programs. */
  address(name) {
    return (this.low(name) >>> 0) + this.high(name) * 2 ** 32;
  }

  get mxcsr() {
    return this.image.getInt32(MXCSR_AT, true);
  }

  /** A word of 32 bits of an xmm register. */
  vector(register, word) {
    return this.image.getInt32(160 + register * 16 + word * 4, true);
  }
}

export class RecordReader {
  constructor(path) {
    this.file = openSync(path, 'r');
    this.buffer = Buffer.alloc(CHUNK);
    this.at = 0;
    this.end = 0;
  }

  close() {
    closeSync(this.file);
  }

  /** The kind of the next record, or null at the end. */
  kind() {
    return this.fill(1) ? String.fromCharCode(this.buffer[this.at++]) : null;
  }

  u32() {
    this.need(4);
    this.at += 4;
    return this.buffer.readUInt32LE(this.at - 4);
  }

  address() {
    const low = this.u32();
    return low + this.u32() * 2 ** 32;
  }

  /** Puts changed words into a state. */
  state(state) {
    this.need(2);
    const count = this.buffer.readUInt16LE(this.at);
    this.at += 2;
    for (let n = 0; n < count; n++) {
      this.need(10);
      const { buffer, at } = this;
      state.set(buffer.readUInt16LE(at), buffer.readInt32LE(at + 2), buffer.readInt32LE(at + 6));
      this.at += 10;
    }
  }

  maps() {
    return Array.from({ length: this.u32() }, () => ({
      start: this.address(),
      end: this.address(),
      protection: this.u32(),
    }));
  }

  /** Calls back with each page's address and bytes, which are good until it returns. */
  pages(visit) {
    for (let left = this.u32(); left > 0; left--) {
      const address = this.address();
      this.need(PAGE);
      this.at += PAGE;
      visit(address, this.buffer.subarray(this.at - PAGE, this.at));
    }
  }

  need(bytes) {
    if (!this.fill(bytes)) throw new Error('the record ends within a record');
  }

  /** Whether there are so many more bytes; they are then in the buffer. */
  fill(bytes) {
    const { buffer } = this;
    if (this.end - this.at >= bytes) return true;
    buffer.copyWithin(0, this.at, this.end);
    this.end -= this.at;
    this.at = 0;
    for (;;) {
      const got = readSync(this.file, buffer, this.end, buffer.length - this.end, null);
      this.end += got;
      if (this.end >= bytes) return true;
      if (got === 0) return false;
    }
  }
}
