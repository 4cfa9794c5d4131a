/** Branch offsets as encoded, and the rows' common branch shapes. */
import type { Fields } from './pattern.ts';
import type { Lift } from './row.ts';

/** Sign-extends the low `bits` bits. */
export function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

/** B.W and BL: S:I1:I2:imm10:imm11:'0', where I = NOT(J XOR S) (A7.7.12, encoding T4). */
export function longOffset(f: Fields): number {
  const s = f['s']!;
  const i1 = (f['j']! ^ s ^ 1) & 1;
  const i2 = (f['k']! ^ s ^ 1) & 1;
  return signExtend((s << 24) | (i1 << 23) | (i2 << 22) | (f['i']! << 1), 25);
}

/** B<c>.W: S:J2:J1:imm6:imm11:'0' (A7.7.12, encoding T3). */
export function conditionalOffset(f: Fields): number {
  return signExtend((f['s']! << 20) | (f['k']! << 19) | (f['j']! << 18) | (f['i']! << 1), 21);
}

/** A branch by a constant offset from the pc; under IT its guard makes it conditional. */
export function jumpBy(offset: (f: Fields) => number): Lift {
  return (c, f) => c.block.jump((c.pc + offset(f)) >>> 0);
}

/** A branch with a condition of its own; not allowed under IT (A7.7.12). */
export function branchBy(offset: (f: Fields) => number): Lift {
  return (c, f) => {
    if (c.inIt) c.undefined(c.bits);
    else c.block.branch(c.condition(f['c']!), (c.pc + offset(f)) >>> 0);
  };
}
