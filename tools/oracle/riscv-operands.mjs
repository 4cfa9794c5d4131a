/** Values for the registers and the data of RISC-V cases: those that matter, and random ones. */
import { WINDOW_BYTES } from './riscv-layout.mjs';

export const INTERESTING = [
  0, 1, -1, 2, -2, 4, 7, 8, 15, 16, 31, 32, 33, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000,
  0x7fffffff, 0x80000000, 0x80000001, 0xaaaaaaaa, 0x55555555, 0xffff0000, 0xfffffffe, 0x7ffffffe,
];
/** Bit patterns of floats that matter: zeros, ones, limits, subnormals, infinities, NaNs. */
const INTERESTING_SINGLE = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x3f000000, 0x40490fdb, 0x00000001, 0x80000001, 0x007fffff,
  0x00800000, 0x807fffff, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000,
  0x7f800001, 0x7fbfffff, 0xffa00000, 0x7fc12345, 0x4b000000, 0x4b000001, 0x4f000000, 0xcf000000,
  0x4f800000, 0x4effffff, 0x4f7fffff, 0xbf000000, 0x3fc00000, 0x40200000, 0x3effffff, 0x33800000,
  0x34000000, 0x1f800000, 0x1f7fffff, 0x5f7fffff, 0x5f800000, 0x0d800000,
];
/** 1 + 2^-12, whose square is half way between two singles, and what tips a sum off that. */
const TIES = [0x3f800800, 0xbf800800, 0x17800000, 0x97800000, 0x3f800000];
const INTERESTING_DOUBLE = [
  0x00000000, 0x80000000, 0x3ff00000, 0xbff00000, 0x3fe00000, 0x000fffff, 0x00100000, 0x800fffff,
  0x7fefffff, 0xffefffff, 0x7ff00000, 0xfff00000, 0x7ff80000, 0xfff80000, 0x7ff40000, 0x43300000,
  0x41dfffff, 0x41e00000, 0xc1e00000, 0x41efffff, 0x41f00000, 0x47efffff, 0x36a00000, 0x380fffff,
  0x38100000, 0x47f00000, 0x1ff00000, 0x5fe00000, 0x3ca00000,
];

/** An integer register's value. */
export function integerValue(random) {
  return random.chance(0.6) ? random.pick(INTERESTING) : random.word() >> random.below(32);
}

/** The bits of a single. */
function single(random) {
  if (random.chance(0.5)) return random.pick(INTERESTING_SINGLE) | 0;
  // Random bits, and numbers of everyday size.
  return random.chance(0.5) ? random.word() : (0x3f000000 + (random.word() >> 4)) | 0;
}

/** The upper word of a double. */
function doubleHigh(random) {
  if (random.chance(0.5)) return random.pick(INTERESTING_DOUBLE) | 0;
  return random.chance(0.5) ? random.word() : (0x3ff00000 + (random.word() >> 5)) | 0;
}

/** A floating-point register's two words, lower first: a boxed single or a double. */
function floatRegister(random) {
  if (random.chance(0.55)) return [single(random), -1];
  const low = random.chance(0.5) ? random.word() : random.pick([0, 1, -1, 0xe0000000]);
  return [low, doubleHigh(random)];
}

/** Few values for all registers, so that operands meet themselves and each other; or null. */
function family(random) {
  if (random.chance(0.6)) return null;
  if (random.chance(0.2)) return TIES.map((low) => [low, -1]);
  return Array.from({ length: 2 + random.below(3) }, () => floatRegister(random));
}

/** Fills a case's window: random words, and floats among them when there is F. */
export function fillWindow(random, window, floatLength) {
  for (let at = 0; at < WINDOW_BYTES; at += 4) {
    const isPlain = !floatLength || random.chance(0.3);
    const word = isPlain ? random.word() : (at & 4) === 0 ? single(random) : doubleHigh(random);
    window.writeInt32LE(word, at);
  }
}

/** Gives a case its floating-point registers and fcsr. */
export function fillFloats(random, one) {
  const flags = random.chance(0.5) ? 0 : random.below(32);
  const mode = random.chance(0.6) ? 0 : random.below(8);
  one.fcsr = flags | (mode << 5);
  const values = family(random);
  for (let n = 0; n < 32; n++) {
    one.f.set(values === null ? floatRegister(random) : random.pick(values), 2 * n);
  }
}
