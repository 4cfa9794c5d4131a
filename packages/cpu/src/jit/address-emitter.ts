/** Emits what is done with a guest's addresses as such: constants, comparisons, words of state. */
import { type CodeWriter, OPCODE } from '../wasm/code-writer.ts';
import type { AddressShape } from './address-shape.ts';

const I64_LOAD = 0x29;
const I64_STORE = 0x37;

export class AddressEmitter {
  readonly shape: AddressShape;
  private readonly code: CodeWriter;
  private readonly wide: boolean;

  constructor(code: CodeWriter, shape: AddressShape) {
    this.code = code;
    this.shape = shape;
    this.wide = shape.type === 'i64';
  }

  constant(address: number): void {
    if (this.wide) this.code.i64Const(BigInt(address));
    else this.code.i32Const(address);
  }

  /** Loads the address at the host offset on the stack, plus `offset`. */
  load(offset: number): void {
    if (this.wide) this.code.memory(I64_LOAD, 3, offset);
    else this.code.i32Load(offset);
  }

  /** Stores the address on the stack at the host offset below it, plus `offset`. */
  store(offset: number): void {
    if (this.wide) this.code.memory(I64_STORE, 3, offset);
    else this.code.i32Store(offset);
  }

  equal(): void {
    this.code.operation(this.wide ? OPCODE.eq64 : OPCODE.eq);
  }

  notEqual(): void {
    this.code.operation(this.wide ? OPCODE.ne64 : OPCODE.ne);
  }

  and(): void {
    this.code.operation(this.wide ? OPCODE.and64 : OPCODE.and);
  }

  or(): void {
    this.code.operation(this.wide ? OPCODE.or64 : OPCODE.or);
  }

  xor(): void {
    this.code.operation(this.wide ? OPCODE.xor64 : OPCODE.xor);
  }

  add(): void {
    this.code.operation(this.wide ? OPCODE.add64 : OPCODE.add);
  }

  /** An i32 that is zero exactly when the address on the stack is. */
  truth(): void {
    if (!this.wide) return;
    this.code.i64Const(0n);
    this.code.operation(OPCODE.ne64);
  }

  /** The low 32 bits of the address on the stack. */
  low(): void {
    if (this.wide) this.code.operation(OPCODE.wrap);
  }

  /** Pushes the low and the high 32 bits of the address in a local. */
  halves(local: number): void {
    const { code } = this;
    code.localGet(local);
    this.low();
    if (!this.wide) {
      code.i32Const(0);
      return;
    }
    code.localGet(local);
    code.i64Const(32n);
    code.operation(OPCODE.shrU64);
    code.operation(OPCODE.wrap);
  }
}
