/**
 * Where a case's memory operands lie, and how registers and displacement are set so that the
 * instruction's address comes out there.
 */
import { NONE, RIP } from '../../packages/cpu/dist/isa/x86-64/instruction.js';
import { CODE, DATA, DATA_END, PAGE, WRITABLE } from './x86-layout.mjs';

const u64 = (value) => BigInt.asUintN(64, value);

/** Places an access of `size` bytes may be tried at, with how often. */
const PLACES = [
  [64, (random, size) => WRITABLE + random.below(2 * PAGE - size)],
  [12, (random, size) => WRITABLE + PAGE - 1 - random.below(Math.max(size - 1, 1))],
  [6, (random, size) => DATA + random.below(PAGE - size)],
  [4, (random, size) => WRITABLE - 1 - random.below(Math.max(size - 1, 1))],
  [5, (random, size) => DATA_END - 1 - random.below(Math.max(size - 1, 1))],
  [2, (random, size) => DATA - 1 - random.below(Math.max(size - 1, 1))],
  [2, (random) => DATA_END + random.below(PAGE)],
  [2, (random) => random.below(PAGE)],
  [1, (random) => CODE + random.below(PAGE)],
];
const TOTAL = PLACES.reduce((sum, [weight]) => sum + weight, 0);
/** Not canonical: bits 63 to 47 differ. */
const NON_CANONICAL = [0x0000800000000000n, 0x7fffffffffffffffn, 0xffff7fffffffffffn, 1n << 63n];

/**
 * An address to access: mostly good, now and then one that faults.
 *
 * @param alignment  that the access needs; kept nine times in ten
 */
export function pickAddress(random, size, alignment, mayBeNonCanonical) {
  if (mayBeNonCanonical && random.chance(0.02)) {
    return u64(random.pick(NON_CANONICAL) - BigInt(random.below(3)));
  }
  let rest = random.below(TOTAL);
  const place = PLACES.find(([weight]) => {
    rest -= weight;
    return rest < 0;
  })[1];
  let address = place(random, Math.min(size, 600));
  if (alignment > 1 && random.chance(0.9)) address -= address % alignment;
  else if (random.chance(0.5)) address -= address % 8;
  return BigInt(address);
}

/** Bytes of the immediates that follow the displacement. */
function immediateBytes(instruction) {
  const { operandSize, row } = instruction;
  const sizes = { s: 1, b: 1, w: 2, z: Math.min(operandSize, 4), v: operandSize };
  return row.operandText
    .split(',')
    .filter((code) => /^I/.test(code))
    .reduce((sum, code) => sum + sizes[code[1]], 0);
}

function writeDisplacement(instruction, code, bytes, value) {
  const at = instruction.length - immediateBytes(instruction) - bytes;
  for (let n = 0; n < bytes; n++) {
    code[at + n] = Number((value >> BigInt(8 * n)) & 0xffn);
  }
}

const fitsSigned32 = (value) => BigInt.asIntN(32, value) === BigInt.asIntN(64, value);

/**
 * Sets what the address of the decoded instruction is made of, so that it is `target`.
 *
 * @param code   its bytes, whose displacement may change
 * @param state  `{registers, codeAddress, segmentBase}`
 * @returns      the registers it set, or null when the target cannot be reached
 */
export function steer(instruction, code, state, target, random) {
  const { base, index, scale, addressSize, displacementBytes } = instruction;
  const wanted = u64(target - state.segmentBase);
  const displacement = u64(
    (BigInt(instruction.displacementHigh) << 32n) | BigInt(instruction.displacement >>> 0),
  );
  if (base === RIP || (base === NONE && index === NONE)) {
    const next = BigInt(state.codeAddress + instruction.length);
    const value = base === RIP ? u64(wanted - next) : wanted;
    if (displacementBytes < 8 && !fitsSigned32(value)) return null;
    if (addressSize === 4 && value >> 31n !== 0n && base !== RIP) return null;
    writeDisplacement(instruction, code, displacementBytes, value);
    return [];
  }
  const rest = wanted - displacement;
  const { registers } = state;
  const set = (register, value) => {
    const high = addressSize === 4 && random.chance(0.3) ? random.word() >>> 0 : 0;
    registers[register] =
      addressSize === 4 ? (BigInt(high) << 32n) | BigInt.asUintN(32, value) : u64(value);
    return [register];
  };
  if (base === NONE) return set(index, BigInt.asIntN(64, rest) / BigInt(scale));
  if (base === index) return set(base, BigInt.asIntN(64, rest) / BigInt(scale + 1));
  if (index === NONE) return set(base, rest);
  if (random.chance(0.7)) registers[index] = BigInt(random.below(256));
  set(base, rest - registers[index] * BigInt(scale));
  return [base, index];
}
