/** Numbers of the locals of a region's function: fixed ones, guest registers, temporaries. */

import type { ValueType } from '../ir/operation.ts';
import type { TranslationBlock } from '../ir/translation-block.ts';
import type { RegisterSpec } from '../isa.ts';
import type { ByteWriter } from '../wasm/byte-writer.ts';
import { VALUE_TYPE_BYTES } from '../wasm/module-writer.ts';
import type { RegisterUse } from './register-use.ts';

/** Local 0 is the parameter; the others are scratch locals of the emitter. */
export const LOCAL = {
  depth: 0,
  budget: 1,
  result: 2,
  slot: 3,
  entry: 4,
  address: 5,
  host: 6,
  status: 7,
} as const;
const FIRST_FREE = 8;
/** Hold addresses of the guest; the other fixed locals are i32. */
const ADDRESS_LOCALS: ReadonlySet<number> = new Set([LOCAL.result, LOCAL.address]);

export class LocalMap {
  private readonly registers = new Map<number, number>();
  private readonly pools = new Map<ValueType, number>();
  private readonly declared: ValueType[] = [];
  private readonly addressType: ValueType;
  private temporaries: number[] = [];

  constructor(use: RegisterUse, specs: readonly RegisterSpec[], addressType: ValueType) {
    this.addressType = addressType;
    for (const register of use.used) {
      this.registers.set(register, FIRST_FREE + this.declared.push(specs[register]!.type) - 1);
    }
    for (const [type, count] of use.temporaries) {
      this.pools.set(type, FIRST_FREE + this.declared.length);
      for (let index = 0; index < count; index++) this.declared.push(type);
    }
  }

  register(register: number): number {
    return this.registers.get(register)!;
  }

  temporary(temporary: number): number {
    return this.temporaries[temporary]!;
  }

  /** Temporaries of different blocks share locals. */
  enterBlock(block: TranslationBlock): void {
    const next = new Map(this.pools);
    this.temporaries = block.temporaries.map((type) => {
      const local = next.get(type)!;
      next.set(type, local + 1);
      return local;
    });
  }

  /** Writes the declaration of all locals but the parameter. */
  declare(out: ByteWriter): void {
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of [...this.fixed(), ...this.declared]) {
      const last = groups[groups.length - 1];
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    out.unsigned(groups.length);
    for (const { type, count } of groups) {
      out.unsigned(count);
      out.byte(VALUE_TYPE_BYTES[type]);
    }
  }

  private fixed(): ValueType[] {
    return Array.from({ length: FIRST_FREE - 1 }, (_, index) =>
      ADDRESS_LOCALS.has(index + 1) ? this.addressType : 'i32',
    );
  }
}
