/**
 * From a case whose outcomes differ to one instruction: cuts the sequence after each instruction in
 * turn, finds the first that makes a difference, and starts that one alone from the state, on which
 * both sides agree, that those before it left.
 */
import { describeDifference, outcome } from './riscv-compare.mjs';
import { LANDING, SLOT_START, WINDOW_PERIOD, WORD } from './riscv-layout.mjs';

/** Places for `count` variants where page edges fall as for `index`. */
function places(index, count, layout) {
  const list = [];
  for (let at = index % WINDOW_PERIOD; at < layout.count; at += WINDOW_PERIOD) list.push(at);
  return list.sort((a, b) => Math.abs(a - index) - Math.abs(b - index)).slice(0, count);
}

/** The case with everything from instruction `length` on made landing pads. */
function prefix(one, length) {
  const copy = one.clone();
  for (let position = length; position < copy.code.length; position++) {
    const { length: bytes } = copy.code[position];
    copy.code[position] = {
      bits: bytes === 4 ? LANDING | (LANDING << 16) : LANDING,
      length: bytes,
    };
  }
  return copy;
}

async function runVariants(comparison, variants, index, layout) {
  const at = places(index, variants.length, layout);
  const cases = new Array(layout.count).fill(null);
  at.forEach((place, n) => {
    cases[place] = variants[n];
  });
  const { theirs, results } = await comparison.run(cases, layout);
  return at.map((place) => {
    const bad = results.find(({ found }) => found.includes(place));
    return {
      place,
      theirs: outcome(theirs, layout, place),
      ours: bad === undefined ? null : outcome(bad.ours, layout, place),
      tier: bad?.tier,
    };
  });
}

/** Which instruction of the case starts at a pc, or -1. */
function positionAt(one, layout, place, pc) {
  let at = layout.slot(place) + SLOT_START;
  for (let position = 0; position < one.code.length; position++) {
    if (at === pc) return position;
    at += one.code[position].length;
  }
  return -1;
}

/** The instruction at `position` with the state that `before` holds, as absolute values. */
function alone(one, position, before) {
  const single = one.clone();
  single.code = [one.code[position]];
  for (let n = 1; n < 32; n++) single.x[n] = before.words[n];
  single.xBase.fill(0);
  single.sscratch = before.words[WORD.sscratch];
  single.scause = before.words[WORD.scause];
  if (before.words.length > WORD.f) {
    single.fcsr = before.words[WORD.fcsr];
    single.f.set(before.words.subarray(WORD.f, WORD.f + 64));
  }
  before.window.copy(single.window);
  return single;
}

/** Describes the first differing instruction of a case, as lines. */
export async function shrink(comparison, isa, one, index, layout) {
  const variants = one.code.map((_, n) => prefix(one, n + 1));
  const runs = await runVariants(comparison, variants, index, layout);
  const first = runs.findIndex(({ ours }) => ours !== null);
  if (first < 0) return { lines: ['the difference went away when the case was moved'] };
  const { theirs, ours, tier, place } = runs[first];
  const lines = report(isa, one, first, { theirs, ours, tier });
  if (first > 0) {
    const single = alone(one, first, runs[first - 1].theirs);
    const [again] = await runVariants(comparison, [single], runs[first - 1].place, layout);
    if (again.ours !== null) {
      lines.push(
        'alone, from the state before it:',
        ...inputs(isa, single),
        ...describeDifference(again.ours, again.theirs),
      );
      return { lines, single };
    }
    lines.push('alone it agrees: the difference needs what comes before');
  } else lines.push(...inputs(isa, one));
  return { lines, single: null, at: positionAt(one, layout, place, theirs.words[WORD.pc] >>> 0) };
}

function bytesOf({ bits, length }) {
  return (bits >>> 0)
    .toString(16)
    .padStart(length * 2, '0')
    .slice(-length * 2);
}

function report(isa, one, first, { theirs, ours, tier }) {
  const lines = one.code.map(
    (instruction, n) =>
      `${n === first ? '>' : ' '} ${bytesOf(instruction).padEnd(8)} ${isa.describe(instruction.bits)}`,
  );
  return [`${tier}:`, ...lines, ...describeDifference(ours, theirs)];
}

/** The registers that a one-instruction case reads. */
function inputs(isa, one) {
  const { bits } = one.code[0];
  const text = isa.describe(bits);
  const lines = [];
  isa.registers.forEach(({ name }, number) => {
    if (!new RegExp(`\\b${name}\\b`).test(text)) return;
    if (number < 32)
      lines.push(
        `in ${name} (x${number}) = 0x${(one.x[number] >>> 0).toString(16)}${['', ' + window', ' + slot', ' + end of RAM'][one.xBase[number]]}`,
      );
    else if (number >= 34 && number < 66) {
      const f = number - 34;
      lines.push(
        `in ${name} (f${f}) = 0x${[1, 0].map((half) => (one.f[2 * f + half] >>> 0).toString(16).padStart(8, '0')).join('_')}`,
      );
    }
  });
  lines.push(
    `in fcsr = 0x${one.fcsr.toString(16)}, sscratch = 0x${(one.sscratch >>> 0).toString(16)}`,
  );
  return lines;
}
