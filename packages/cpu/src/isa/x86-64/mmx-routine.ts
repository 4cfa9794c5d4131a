/**
 * The routine that turns the x87 stack until TOP is 0, as MMX has its registers: sixteen operands,
 * ST0 … ST7 as significand and exponent by turns, then TOP. The results are the registers in the
 * order of their physical places.
 */
import type { Routine } from '../../isa.ts';

const REGISTERS = 8;
const REGISTER_BYTES = 16;
const TOP_AT = REGISTERS * REGISTER_BYTES;

export function turnRoutine(): Routine {
  return (scratch, at) => {
    const top = scratch.getInt32(at + TOP_AT, true);
    const before = Array.from({ length: REGISTERS }, (_, n) => [
      scratch.getBigUint64(at + n * REGISTER_BYTES, true),
      scratch.getBigUint64(at + n * REGISTER_BYTES + 8, true),
    ]);
    for (let n = 0; n < REGISTERS; n++) {
      const [significand, exponent] = before[(n - top) & 7]!;
      scratch.setBigUint64(at + n * REGISTER_BYTES, significand!, true);
      scratch.setBigUint64(at + n * REGISTER_BYTES + 8, exponent!, true);
    }
  };
}
