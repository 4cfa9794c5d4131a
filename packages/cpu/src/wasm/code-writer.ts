/** Instructions of one WebAssembly function body, written one by one; see the core specification. */
import { ByteWriter } from './byte-writer.ts';

export const BLOCK_VOID = 0x40;

export class CodeWriter extends ByteWriter {
  /** Open blocks, for branch depths. */
  depth = 0;

  block(): void {
    this.byte(0x02);
    this.byte(BLOCK_VOID);
    this.depth++;
  }

  loop(): void {
    this.byte(0x03);
    this.byte(BLOCK_VOID);
    this.depth++;
  }

  if(): void {
    this.byte(0x04);
    this.byte(BLOCK_VOID);
    this.depth++;
  }

  else(): void {
    this.byte(0x05);
  }

  end(): void {
    this.byte(0x0b);
    this.depth--;
  }

  /** Branches to the label that was opened when `depth` had the value `label` after opening. */
  br(label: number): void {
    this.byte(0x0c);
    this.unsigned(this.depth - label);
  }

  brIf(label: number): void {
    this.byte(0x0d);
    this.unsigned(this.depth - label);
  }

  return(): void {
    this.byte(0x0f);
  }

  call(index: number): void {
    this.byte(0x10);
    this.unsigned(index);
  }

  callIndirect(type: number): void {
    this.byte(0x11);
    this.unsigned(type);
    this.byte(0x00);
  }

  returnCallIndirect(type: number): void {
    this.byte(0x13);
    this.unsigned(type);
    this.byte(0x00);
  }

  select(): void {
    this.byte(0x1b);
  }

  localGet(index: number): void {
    this.byte(0x20);
    this.unsigned(index);
  }

  localSet(index: number): void {
    this.byte(0x21);
    this.unsigned(index);
  }

  localTee(index: number): void {
    this.byte(0x22);
    this.unsigned(index);
  }

  /** A load or store opcode; `offset` is added to the address on the stack. */
  memory(opcode: number, alignLog2: number, offset: number): void {
    this.operation(opcode);
    this.unsigned(alignLog2);
    this.unsigned(offset);
  }

  i32Load(offset: number): void {
    this.memory(0x28, 2, offset);
  }

  i32Store(offset: number): void {
    this.memory(0x36, 2, offset);
  }

  i32Const(value: number): void {
    this.byte(0x41);
    this.signed(value);
  }

  i64Const(value: bigint): void {
    this.byte(0x42);
    this.signed64(value);
  }

  v128Const(value: bigint): void {
    this.operation(0xfd0c);
    for (let byte = 0n; byte < 16n; byte++) this.byte(Number((value >> (byte * 8n)) & 0xffn));
  }

  /** Picks bytes of the two values on the stack. */
  shuffle(lanes: readonly number[]): void {
    this.operation(0xfd0d);
    for (const lane of lanes) this.byte(lane);
  }

  f32Const(value: number): void {
    this.byte(0x43);
    this.float32(value);
  }

  f64Const(value: number): void {
    this.byte(0x44);
    this.float64(value);
  }

  /** An operation by opcode; 0xfc00 + n is the prefixed opcode n. */
  operation(opcode: number): void {
    if (opcode > 0xff) {
      this.byte(opcode >> 8);
      this.unsigned(opcode & 0xff);
    } else {
      this.byte(opcode);
    }
  }
}

/** Plain opcodes that the emitter writes by hand. */
export const OPCODE = {
  add: 0x6a,
  sub: 0x6b,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shrU: 0x76,
  eqz: 0x45,
  eq: 0x46,
  ne: 0x47,
  leS: 0x4c,
  geS: 0x4e,
  add64: 0x7c,
  and64: 0x83,
  or64: 0x84,
  xor64: 0x85,
  shrU64: 0x88,
  eq64: 0x51,
  ne64: 0x52,
  wrap: 0xa7,
} as const;
