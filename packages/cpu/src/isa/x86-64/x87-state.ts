/**
 * The registers of x87 as FXSAVE lays them out (SDM volume 1, 10.5.1), and the stack they are: ST0
 * first, wherever TOP is. The tag byte has a bit for each physical register that is not empty.
 */
import { type Extended, IE, INDEFINITE, type X87Environment } from './x87-number.ts';

const CONTROL_AT = 0;
const STATUS_AT = 2;
const TAGS_AT = 4;
const REGISTERS_AT = 32;
const REGISTER_BYTES = 16;
const STACK_BYTES = 8 * REGISTER_BYTES;
const TOP_SHIFT = 11;
const TOP_MASK = 7 << TOP_SHIFT;

/** Status word: stack fault, summary, condition bits, busy. */
export const STACK_FAULT = 0x40;
export const SUMMARY = 0x80;
export const BUSY = 0x8000;
export const C0 = 0x100;
export const C1 = 0x200;
export const C2 = 0x400;
export const C3 = 0x4000;
export const CONDITIONS: number = C0 | C1 | C2 | C3;
const EXCEPTIONS = 0x3f;
/** Control word after FNINIT. */
export const INITIAL_CONTROL = 0x37f;

export class X87State {
  private readonly view: DataView;
  private readonly stack: Uint8Array;
  /** The stack before it turns. */
  private readonly before: Uint8Array = new Uint8Array(STACK_BYTES);

  /** @param image  of FXSAVE; x87 reads and writes its first 160 bytes only */
  constructor(image: DataView) {
    this.view = image;
    this.stack = new Uint8Array(image.buffer, image.byteOffset + REGISTERS_AT, STACK_BYTES);
  }

  get control(): number {
    return this.view.getUint16(CONTROL_AT, true);
  }
  set control(value: number) {
    this.view.setUint16(CONTROL_AT, (value & 0x1f7f) | 0x40, true);
    this.summarise();
  }

  get status(): number {
    return this.view.getUint16(STATUS_AT, true);
  }
  set status(value: number) {
    this.view.setUint16(STATUS_AT, value, true);
  }

  get tags(): number {
    return this.view.getUint8(TAGS_AT);
  }
  set tags(value: number) {
    this.view.setUint8(TAGS_AT, value);
  }

  get top(): number {
    return (this.status & TOP_MASK) >> TOP_SHIFT;
  }

  /** Whether an exception waits to be reported by the next instruction. */
  get isPending(): boolean {
    return (this.status & SUMMARY) !== 0;
  }

  /** Sets the summary and busy bits by the exceptions that are not masked. */
  summarise(): void {
    const isPending = (this.status & ~this.control & EXCEPTIONS) !== 0;
    this.status = (this.status & ~(SUMMARY | BUSY)) | (isPending ? SUMMARY | BUSY : 0);
  }

  raise(exceptions: number): void {
    this.status |= exceptions;
    this.summarise();
  }

  /** Replaces condition bits of a mask. */
  setConditions(mask: number, value: number): void {
    this.status = (this.status & ~mask) | value;
  }

  isEmpty(n: number): boolean {
    return (this.tags & (1 << ((this.top + n) & 7))) === 0;
  }

  setEmpty(n: number, isEmpty: boolean): void {
    const bit = 1 << ((this.top + n) & 7);
    this.tags = isEmpty ? this.tags & ~bit : this.tags | bit;
  }

  read(n: number): Extended {
    const at = REGISTERS_AT + n * REGISTER_BYTES;
    const high = this.view.getUint16(at + 8, true);
    return {
      sign: high & 0x8000 ? 1 : 0,
      exponent: high & 0x7fff,
      significand: this.view.getBigUint64(at, true),
    };
  }

  /** Writes a register, which is then not empty. */
  write(n: number, { sign, exponent, significand }: Extended): void {
    const at = REGISTERS_AT + n * REGISTER_BYTES;
    this.view.setBigUint64(at, significand, true);
    this.view.setUint16(at + 8, (sign << 15) | exponent, true);
    this.setEmpty(n, false);
  }

  /** Moves TOP; the registers keep their contents, which changes their numbers. */
  rotate(by: number): void {
    this.status = (this.status & ~TOP_MASK) | (((this.top + by) & 7) << TOP_SHIFT);
    const { stack, before } = this;
    const split = (by & 7) * REGISTER_BYTES;
    before.set(stack);
    stack.set(before.subarray(split));
    stack.set(before.subarray(0, split), stack.length - split);
  }

  pop(): void {
    this.setEmpty(0, true);
    this.rotate(1);
  }

  push(value: Extended): void {
    this.rotate(-1);
    this.write(0, value);
  }

  /**
   * Notes a stack fault. Returns whether it is masked, so that the operation goes on with
   * {@link INDEFINITE}.
   */
  stackFault(env: X87Environment, isOverflow: boolean): boolean {
    env.raise(IE);
    this.status |= STACK_FAULT;
    env.roundedUp = isOverflow;
    return env.isMasked(IE);
  }

  /** A register's value; empty ones give indefinite, the stack fault being noted elsewhere. */
  readOrIndefinite(n: number): Extended {
    return this.isEmpty(n) ? INDEFINITE : this.read(n);
  }
}
