/** Random encodings of a row of the x86-64 table. */
import { ANY, MAP_VEX, PREFIX_ANY } from '../../packages/cpu/dist/isa/x86-64/row.js';

/** Bytes behind an opcode that operands may use: SIB, displacement, two immediates. */
const TAIL = 13;
const ESCAPES = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const VEX_PREFIX_BITS = { 0: 0, 102: 1, 243: 2, 242: 3 };
/** Vendors differ on 66 before a near branch. */
const mayHaveOperandPrefix = (row) => row.mandatory === PREFIX_ANY && !row.attributes.has('f64');

/** ModRM for the row; `mod`, `rm` and `reg` may be fixed. */
export function randomModrm(row, random, fixed = {}) {
  const modOf = () => {
    if (row.mod === 3) return 3;
    if (row.mod === 0) return random.below(3);
    return random.chance(0.5) ? 3 : random.below(3);
  };
  const mod = fixed.mod ?? modOf();
  const reg = row.reg === ANY ? (fixed.reg ?? random.below(8)) : row.reg;
  const rm = row.rm === ANY ? (fixed.rm ?? random.below(8)) : row.rm;
  return (mod << 6) | (reg << 3) | rm;
}

function legacyPrefixes(row, random, isMemory) {
  const prefixes = [];
  if (row.onlyAddressSize === 4 || random.chance(0.04)) prefixes.push(0x67);
  if (random.chance(0.04)) prefixes.push(random.pick([0x64, 0x65]));
  if (row.onlyOperandSize === 2) prefixes.push(0x66);
  else if (mayHaveOperandPrefix(row) && random.chance(0.2)) prefixes.push(0x66);
  if (isMemory && row.attributes.has('lock') && random.chance(0.1)) prefixes.push(0xf0);
  if (row.attributes.has('repeat') && random.chance(0.5)) prefixes.push(0xf3);
  if (row.attributes.has('repeat-zero') && random.chance(0.5)) {
    prefixes.push(random.pick([0xf2, 0xf3]));
  }
  if (row.mandatory > 0) prefixes.push(row.mandatory);
  return prefixes;
}

function rexBits(row, random) {
  const w = row.w === ANY ? random.below(2) : row.w;
  return (w << 3) | (random.below(8) & (row.noB ? 6 : 7));
}

/**
 * Bytes of a random instruction of this row with random bytes behind it.
 *
 * @param fixed  `{mod, reg, rm}` when ModRM is not to be random
 */
export function randomEncoding(row, random, fixed = {}) {
  const bytes = [];
  const modrm = row.hasModrm ? randomModrm(row, random, fixed) : 0xc0;
  if (row.map >= MAP_VEX) {
    const bits = rexBits(row, random);
    const usesVvvv = row.operands.some(({ place }) => place === 'vvvv');
    const vvvv = usesVvvv ? random.below(16) : 15;
    bytes.push(0xc4, ((~bits & 7) << 5) | (row.map - MAP_VEX));
    bytes.push(((bits & 8) << 4) | (vvvv << 3) | VEX_PREFIX_BITS[row.mandatory]);
    bytes.push(row.opcode);
  } else {
    bytes.push(...legacyPrefixes(row, random, modrm < 0xc0));
    const needsRex = row.w === 1 || (row.w === ANY && random.chance(0.5));
    const bits = rexBits(row, random);
    if (needsRex || (row.w === 0 && random.chance(0.5))) bytes.push(0x40 | bits);
    bytes.push(...ESCAPES[row.map], row.opcode + random.below(row.opcodeCount));
  }
  if (row.hasModrm) bytes.push(modrm);
  for (let n = 0; n < TAIL; n++) bytes.push(random.below(256));
  return Uint8Array.from(bytes);
}
