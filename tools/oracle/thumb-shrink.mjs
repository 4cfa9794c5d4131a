/** Brings a case that differs down to one instruction. */
import { finishFrame } from './thumb-cases.mjs';
import { differences, unusable, WINDOW_OFFSET } from './thumb-compare.mjs';
import {
  CODE,
  CODE_BYTES,
  GENERAL,
  IN,
  IN_WORDS,
  LANDING,
  OUT,
  OUT_WORDS,
  WINDOW_BYTES,
} from './thumb-layout.mjs';

/** The instructions from the case's pc to the landing ground: address, bits, isWide. */
export function instructionsOf(record) {
  const found = [];
  const unit = (address) => record.readUInt16LE(IN_WORDS * 4 + address - CODE);
  let at = record.readUInt32LE(IN.pc * 4);
  while (at < CODE + CODE_BYTES && unit(at) !== LANDING) {
    const first = unit(at);
    const isWide = first >= 0xe800;
    found.push({ at, bits: isWide ? (first << 16) | unit(at + 2) : first, isWide });
    at += isWide ? 4 : 2;
  }
  return found;
}

/** The case with only its first `count` instructions. */
function prefix(record, instructions, count) {
  const copy = Buffer.from(record);
  for (const { at, isWide } of instructions.slice(count)) {
    copy.writeUInt16LE(LANDING, IN_WORDS * 4 + at - CODE);
    if (isWide) copy.writeUInt16LE(LANDING, IN_WORDS * 4 + at + 2 - CODE);
  }
  return copy;
}

/** A case that starts from QEMU's state after another one. */
function continueFrom(record, result, pc) {
  const copy = Buffer.from(record);
  const word = (index) => result.readInt32LE(index * 4);
  for (const at of [...GENERAL, IN.lr]) copy.writeInt32LE(word(at), at * 4);
  for (let n = 0; n < 33; n++) copy.writeInt32LE(word(OUT.s0 + n), (IN.s0 + n) * 4);
  copy.writeInt32LE(word(OUT.psp) + 32 + ((word(OUT.xpsr) >>> 9) & 1) * 4, IN.sp * 4);
  copy.writeInt32LE(word(OUT.xpsr), IN.xpsr * 4);
  copy.writeUInt32LE(pc, IN.pc * 4);
  result.copy(copy, WINDOW_OFFSET, OUT_WORDS * 4, OUT_WORDS * 4 + WINDOW_BYTES);
  finishFrame(copy);
  return copy;
}

/**
 * Finds the shortest prefix that differs, then tries its last instruction alone from QEMU's state
 * before it. Returns the smallest case that still differs.
 */
export async function shrink(core, engine, qemu, record) {
  const instructions = instructionsOf(record);
  const prefixes = instructions.map((_, n) => prefix(record, instructions, n + 1));
  const results = await qemu.run([prefix(record, instructions, 0), ...prefixes]);
  const differs = (candidate, result) => {
    const ours = engine.run(candidate);
    return unusable(ours) === null && differences(core, ours, result).length > 0;
  };
  const first = prefixes.findIndex((candidate, n) => differs(candidate, results[n + 1]));
  if (first < 0 || results[first] === null) return record;
  const alone = continueFrom(prefixes[first], results[first], instructions[first].at);
  const [result] = await qemu.run([alone]);
  return differs(alone, result) ? alone : prefixes[first];
}
