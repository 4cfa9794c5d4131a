/** Random encodings of a row of the x86-64 table. */
import { ANY, MAP_VEX, PREFIX_ANY } from '../../packages/cpu/dist/isa/x86-64/row.js';

/** Bytes behind an opcode that operands may use: SIB, displacement, two immediates. */
const TAIL = 13;
const ESCAPES = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const VEX_PREFIX_BITS = { 0: 0, 102: 1, 243: 2, 242: 3 };
/** Vendors differ on 66 before a near branch. */
const mayHaveOperandPrefix = ({ mandatory, attributes }) =>
  mandatory === PREFIX_ANY && !attributes.has('f64');

/** ModRM of a form; `mod`, `rm` and `reg` may be fixed. */
export function randomModrm(form, random, fixed = {}) {
  const modOf = () => {
    if (form.mod === 3) return 3;
    if (form.mod === 0) return random.below(3);
    return random.chance(0.5) ? 3 : random.below(3);
  };
  const mod = fixed.mod ?? modOf();
  const reg = form.reg === ANY ? (fixed.reg ?? random.below(8)) : form.reg;
  const rm = form.rm === ANY ? (fixed.rm ?? random.below(8)) : form.rm;
  return (mod << 6) | (reg << 3) | rm;
}

function legacyPrefixes(form, random, isMemory) {
  const prefixes = [];
  if (form.onlyAddressSize === 4 || random.chance(0.04)) prefixes.push(0x67);
  if (random.chance(0.04)) prefixes.push(random.pick([0x64, 0x65]));
  if (form.onlyOperandSize === 2) prefixes.push(0x66);
  else if (mayHaveOperandPrefix(form) && random.chance(0.2)) prefixes.push(0x66);
  if (isMemory && form.attributes.has('lock') && random.chance(0.1)) prefixes.push(0xf0);
  if (form.attributes.has('repeat') && random.chance(0.5)) prefixes.push(0xf3);
  if (form.attributes.has('repeat-zero') && random.chance(0.5)) {
    prefixes.push(random.pick([0xf2, 0xf3]));
  }
  if (form.mandatory > 0) prefixes.push(form.mandatory);
  return prefixes;
}

function rexBits(form, random) {
  const w = form.w === ANY ? random.below(2) : form.w;
  return (w << 3) | (random.below(8) & (form.noB ? 6 : 7));
}

/**
 * Bytes of a random instruction of this row with random bytes behind it.
 *
 * @param fixed  `{mod, reg, rm}` when ModRM is not to be random
 */
export function randomEncoding(row, random, fixed = {}) {
  const { form } = row;
  const bytes = [];
  const modrm = form.hasModrm ? randomModrm(form, random, fixed) : 0xc0;
  if (row.map >= MAP_VEX) {
    const bits = rexBits(form, random);
    const usesVvvv = form.operands.some(({ place }) => place === 'vvvv');
    const vvvv = usesVvvv ? random.below(16) : 15;
    bytes.push(0xc4, ((~bits & 7) << 5) | (row.map - MAP_VEX));
    bytes.push(((bits & 8) << 4) | (vvvv << 3) | VEX_PREFIX_BITS[form.mandatory]);
    bytes.push(row.opcode);
  } else {
    bytes.push(...legacyPrefixes(form, random, modrm < 0xc0));
    const needsRex = form.w === 1 || (form.w === ANY && random.chance(0.5));
    const bits = rexBits(form, random);
    if (needsRex || (form.w === 0 && random.chance(0.5))) bytes.push(0x40 | bits);
    bytes.push(...ESCAPES[row.map], row.opcode + random.below(row.opcodeCount));
  }
  if (form.hasModrm) bytes.push(modrm);
  for (let n = 0; n < TAIL; n++) bytes.push(random.below(256));
  return Uint8Array.from(bytes);
}
