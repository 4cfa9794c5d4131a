/**
 * The engine's view of its state in linear memory. Views are re-derived when the memory grew: a
 * detached view has length 0, so `refresh` costs one compare.
 */

import type { Value, ValueType } from '../ir/operation.ts';
import type { RegisterSpec } from '../isa.ts';
import { registerOffset } from './state-layout.ts';

export class CpuState {
  readonly memory: WebAssembly.Memory;
  readonly registers: readonly RegisterSpec[];
  u8: Uint8Array;
  u16: Uint16Array;
  i32: Int32Array;
  view: DataView;

  constructor(memory: WebAssembly.Memory, registers: readonly RegisterSpec[]) {
    this.memory = memory;
    this.registers = registers;
    this.u8 = new Uint8Array(memory.buffer);
    this.u16 = new Uint16Array(memory.buffer);
    this.i32 = new Int32Array(memory.buffer);
    this.view = new DataView(memory.buffer);
  }

  /** Call before using a view when the memory may have grown since. */
  refresh(): void {
    if (this.i32.length === 0) this.derive();
  }

  /** A register's value in the evaluator's form: number, or bigint for i64 and v128. */
  value(register: number): Value {
    return this.valueAt(registerOffset(register), this.registers[register]!.type);
  }

  setValue(register: number, value: Value): void {
    this.setValueAt(registerOffset(register), this.registers[register]!.type, value);
  }

  /** The value of a type at a byte offset of linear memory. */
  valueAt(offset: number, type: ValueType): Value {
    switch (type) {
      case 'i32':
        return this.i32[offset >> 2]!;
      case 'i64':
        return this.view.getBigInt64(offset, true);
      case 'v128':
        return (
          (this.view.getBigUint64(offset + 8, true) << 64n) | this.view.getBigUint64(offset, true)
        );
      case 'f32':
        return this.view.getFloat32(offset, true);
      case 'f64':
        return this.view.getFloat64(offset, true);
    }
  }

  setValueAt(offset: number, type: ValueType, value: Value): void {
    switch (type) {
      case 'i32':
        this.i32[offset >> 2] = value as number;
        break;
      case 'i64':
        this.view.setBigInt64(offset, value as bigint, true);
        break;
      case 'v128':
        this.view.setBigUint64(offset, BigInt.asUintN(64, value as bigint), true);
        this.view.setBigUint64(offset + 8, (value as bigint) >> 64n, true);
        break;
      case 'f32':
        this.view.setFloat32(offset, value as number, true);
        break;
      case 'f64':
        this.view.setFloat64(offset, value as number, true);
        break;
    }
  }

  private derive(): void {
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.view = new DataView(buffer);
  }
}
