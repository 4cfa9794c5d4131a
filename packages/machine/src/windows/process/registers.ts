/** Registers of the engine as calls of Windows use them: Microsoft's x64 calling convention. */
import { type Cpu, readRflags, resetX87, writeRflags } from '@bareheap/cpu';

const HIGH = 2 ** 32;
const WORDS = 4;

export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;
export const R8 = 8;
export const R9 = 9;
/** The first four arguments. */
export const ARGUMENT_REGISTERS: readonly number[] = [RCX, RDX, R8, R9];

const INITIAL_RFLAGS = 0x202;
const INITIAL_MXCSR = 0x1f80;
/** All exceptions masked, 53 bits of precision: what Windows starts threads with. */
const INITIAL_X87_CONTROL = 0x27f;

export class Registers {
  readonly cpu: Cpu;
  private readonly gsBase: number;
  private readonly xmm0: number;
  private readonly mxcsr: number;
  private readonly x87Control: number;
  private readonly scratch = new DataView(new ArrayBuffer(8));

  constructor(cpu: Cpu) {
    this.cpu = cpu;
    this.gsBase = cpu.registerNumber('gsbase');
    this.xmm0 = cpu.registerNumber('xmm0');
    this.mxcsr = cpu.registerNumber('mxcsr');
    this.x87Control = cpu.registerNumber('fpucontrol');
  }

  /** A register's 64 bits, unsigned, as near as a number can. */
  get(register: number): number {
    return (this.cpu.readHigh(register) >>> 0) * HIGH + (this.cpu.readLow(register) >>> 0);
  }

  low(register: number): number {
    return this.cpu.readLow(register);
  }

  high(register: number): number {
    return this.cpu.readHigh(register);
  }

  /** Negative values are sign-extended. */
  set(register: number, value: number): void {
    this.cpu.writeHalves(register, value | 0, Math.floor(value / HIGH) | 0);
  }

  setHalves(register: number, low: number, high: number): void {
    this.cpu.writeHalves(register, low, high);
  }

  /** The low double of xmm0 … xmm15. */
  double(number: number): number {
    this.scratch.setInt32(0, this.cpu.readWord(this.xmm0 + number, 0), true);
    this.scratch.setInt32(4, this.cpu.readWord(this.xmm0 + number, 1), true);
    return this.scratch.getFloat64(0, true);
  }

  setDouble(number: number, value: number): void {
    this.scratch.setFloat64(0, value, true);
    const register = this.xmm0 + number;
    this.cpu.writeWord(register, 0, this.scratch.getInt32(0, true));
    this.cpu.writeWord(register, 1, this.scratch.getInt32(4, true));
    this.cpu.writeWord(register, 2, 0);
    this.cpu.writeWord(register, 3, 0);
  }

  float(number: number): number {
    this.scratch.setInt32(0, this.cpu.readWord(this.xmm0 + number, 0), true);
    return this.scratch.getFloat32(0, true);
  }

  setFloat(number: number, value: number): void {
    this.scratch.setFloat32(0, value, true);
    const register = this.xmm0 + number;
    this.cpu.writeWord(register, 0, this.scratch.getInt32(0, true));
    for (let word = 1; word < WORDS; word++) this.cpu.writeWord(register, word, 0);
  }

  xmmWord(number: number, word: number): number {
    return this.cpu.readWord(this.xmm0 + number, word);
  }

  setXmmWord(number: number, word: number, value: number): void {
    this.cpu.writeWord(this.xmm0 + number, word, value);
  }

  get flags(): number {
    return readRflags(this.cpu);
  }

  set flags(value: number) {
    writeRflags(this.cpu, value);
  }

  get mxcsrValue(): number {
    return this.cpu.read(this.mxcsr);
  }

  set mxcsrValue(value: number) {
    this.cpu.write(this.mxcsr, value);
  }

  get x87ControlValue(): number {
    return this.cpu.read(this.x87Control);
  }

  set x87ControlValue(value: number) {
    this.cpu.write(this.x87Control, value);
  }

  /** As a new thread has them: all zero but for the stack, the TEB and the control words. */
  reset(stackPointer: number, teb: number): void {
    const { cpu } = this;
    cpu.registerNames.forEach((_, register) => {
      for (let word = 0; word < WORDS; word++) cpu.writeWord(register, word, 0);
    });
    cpu.truncateShadow(0);
    resetX87(cpu);
    cpu.write(this.x87Control, INITIAL_X87_CONTROL);
    writeRflags(cpu, INITIAL_RFLAGS);
    cpu.write(this.mxcsr, INITIAL_MXCSR);
    this.set(RSP, stackPointer);
    this.set(this.gsBase, teb);
  }
}
