/**
 * Records what QEMU does for every instruction of the RISC-V table, as the truth that the unit test
 * of the translator runs on.
 *
 *   node tools/oracle/riscv-record.mjs [--out test/truth/riscv]
 *
 * Registers that an instruction does not read start as a pattern (register n: n * 0x01010101; f
 * registers: 1.0 + n ulp, boxed), so that a case lists only what differs from it, and its outcome
 * only what differs from the case.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodePattern, matchPattern } from '../../packages/cpu/dist/isa/riscv/pattern.js';
import { riscvIsa } from '../../packages/cpu/dist/isa/riscv/riscv-isa.js';
import { Case } from './riscv-case.mjs';
import { CaseMaker } from './riscv-cases.mjs';
import { batchLayout, buildImage, outcome } from './riscv-compare.mjs';
import { SLOT_START, WINDOW_BYTES, WORD } from './riscv-layout.mjs';
import { RiscvQemu } from './riscv-qemu.mjs';

const CASES_PER_ROW = 5;
const SEED = 20261121;
const SSCRATCH = 0x5c5c5c5c;
/** Words that fill the window, over and over. */
const WINDOW_WORDS = [
  0x00000000, 0x80000000, 0x7fffffff, 0xffffffff, 0x01020384, 0xf1e2d3c4, 0x3f800001,
];
/**
 * Reserved and absent encodings: c.addi4spn, c.addi16sp, c.lui by 0, c.lwsp to x0, c.jr x0, a
 * compressed and a plain shift by more than 31, RV64's c.subw, ld and addiw, funct7 of no operation,
 * lr.w with an rs2, a long instruction, all ones.
 */
const ILLEGAL = [
  0x0000, 0x6101, 0x6081, 0x4002, 0x8002, 0x9005, 0x02009093, 0x9c01, 0x0000b083, 0x0000009b,
  0x40001033, 0x101120af, 0x0000001f, 0xffffffff,
];
const PIECES = [
  { file: 'rv32imac.json', floatLength: 0, extensions: ['m', 'a'], own: 'imac', byHand: sequences },
  {
    file: 'rv32fd.json',
    floatLength: 64,
    extensions: ['m', 'a', 'f', 'd'],
    own: 'fd',
    byHand: floatSequences,
  },
  {
    file: 'rv32f.json',
    floatLength: 32,
    extensions: ['m', 'a', 'f'],
    own: 'f',
    byHand: floatSequences,
  },
];
/** Offset in the slot of the landing pad that the MRET case returns to. */
const MRET_TARGET = 96;

function pattern(n) {
  return Math.imul(n, 0x01010101);
}

/** The case with everything that its instruction does not read made the pattern. */
function plain(one, isa) {
  const { bits } = one.code[0];
  const row = isa.rowOf(bits);
  const fields = row === null ? {} : { ...matchPattern(row.pattern, bits), ...row.implied };
  const read = new Set([fields.rs1, fields.rs2, fields.rs3]);
  for (let n = 1; n < 32; n++) {
    if (read.has(n)) continue;
    one.x[n] = pattern(n);
    one.xBase[n] = 0;
  }
  for (let n = 0; n < 32; n++) {
    if (!read.has(n)) one.f.set([0x3f800000 + n, -1], 2 * n);
  }
  return common(one);
}

function common(one) {
  one.sscratch = SSCRATCH;
  one.scause = 0;
  for (let at = 0; at < WINDOW_BYTES; at += 4) {
    one.window.writeUInt32LE(WINDOW_WORDS[(at >> 2) % WINDOW_WORDS.length], at);
  }
  return one;
}

/** A sequence by mnemonics and fields, or bits, on registers that hold the pattern unless `x` says else. */
function byHand(isa, name, instructions, x) {
  const one = new Case();
  for (const [mnemonic, fields] of instructions) {
    if (typeof mnemonic === 'number') {
      one.code.push({ bits: mnemonic | 0, length: (mnemonic & 3) === 3 ? 4 : 2 });
      continue;
    }
    const row = isa.rows.find((candidate) => candidate.mnemonic === mnemonic);
    one.code.push({ bits: encodePattern(row.pattern, fields), length: row.pattern.width / 8 });
  }
  for (let n = 1; n < 32; n++) one.x[n] = pattern(n);
  for (let n = 0; n < 32; n++) one.f.set([0x3f800000 + n, -1], 2 * n);
  for (const [n, [base, value]] of Object.entries(x)) {
    one.xBase[n] = base;
    one.x[n] = value;
  }
  return { name, one: common(one) };
}

/** What one random instruction does not show. */
function sequences(isa) {
  const word = { 5: [1, 64] };
  const reserve = ['lr.w', { rd: 6, rs1: 5 }];
  const conditional = (rd) => ['sc.w', { rd, rs1: 5, rs2: 8 }];
  return [
    byHand(isa, 'lr.w', [reserve, conditional(7)], word),
    byHand(isa, 'sc.w', [reserve, conditional(7), conditional(9)], word),
    byHand(isa, 'sc.w', [reserve, ['sw', { rs1: 5, rs2: 9, imm: 0 }], conditional(7)], word),
    byHand(isa, 'sc.w', [reserve, ['addi', { rd: 5, rs1: 5, imm: 4 }], conditional(7)], word),
    byHand(
      isa,
      'mret',
      [
        ['csrrw', { rd: 0, rs1: 5, csr: 0x300 }],
        ['csrrw', { rd: 0, rs1: 6, csr: 0x341 }],
        ['mret', {}],
      ],
      { 5: [0, 0x7800], 6: [2, MRET_TARGET] },
    ),
    byHand(
      isa,
      'auipc',
      [
        ['auipc', { rd: 1, imm: 0x1000 }],
        ['jalr', { rd: 1, rs1: 1, imm: 8 }],
      ],
      {},
    ),
    ...ILLEGAL.map((bits) => byHand(isa, 'illegal', [[bits]], {})),
  ];
}

/** fcsr, its halves, and what happens while the unit is off. */
function floatSequences(isa) {
  const off = ['csrrw', { rd: 0, rs1: 5, csr: 0x300 }];
  const isOff = { 5: [0, 0x1800] };
  const modes = [0, 1, 2, 3, 4, 7].flatMap((mode) => [
    ['csrrwi', { rd: 0, imm: 3, csr: 2 }],
    ['fcvt.w.s', { rd: 10 + mode, rs1: 1, rm: mode }],
  ]);
  const read = (rd, csr) => ['csrrs', { rd, csr }];
  return [
    byHand(isa, 'csrrw', [['csrrw', { rd: 6, rs1: 5, csr: 3 }], read(7, 1), read(8, 2)], {
      5: [0, 0x7b],
    }),
    byHand(
      isa,
      'csrrsi',
      [['csrrsi', { rd: 6, imm: 21, csr: 1 }], ['csrrwi', { rd: 7, imm: 29, csr: 2 }], read(8, 3)],
      {},
    ),
    byHand(isa, 'fadd.s', [off, ['fadd.s', { rd: 1, rs1: 2, rs2: 3 }]], isOff),
    byHand(isa, 'csrrs', [off, read(6, 3)], isOff),
    byHand(isa, 'flw', [off, ['flw', { rd: 1, rs1: 6 }]], { ...isOff, 6: [1, 64] }),
    byHand(isa, 'fcvt.w.s', modes.slice(0, 8), {}),
    byHand(
      isa,
      'fadd.s',
      [
        ['csrrwi', { rd: 0, imm: 5, csr: 2 }],
        ['fadd.s', { rd: 1, rs1: 2, rs2: 3, rm: 7 }],
      ],
      {},
    ),
    byHand(isa, 'illegal', [[0x003150d3]], {}),
  ];
}

function casesOf({ extensions, floatLength, own, byHand: makeSequences }) {
  const isa = riscvIsa({ extensions });
  const rows = isa.rows.filter((row) => own.includes(row.extension) && row.mnemonic !== 'mret');
  const extra = makeSequences(isa);
  const layout = batchLayout(rows.length * CASES_PER_ROW + extra.length, floatLength);
  const maker = new CaseMaker(isa, layout);
  const list = rows.flatMap(({ mnemonic }, number) =>
    Array.from({ length: CASES_PER_ROW }, (_, n) => {
      const index = number * CASES_PER_ROW + n;
      return { name: mnemonic, one: plain(maker.single(SEED, index, mnemonic), isa) };
    }),
  );
  return { layout, list: [...list, ...extra] };
}

const hex = (value) => (value >>> 0).toString(16);

/** Words of a record by name. */
function named(words, floatLength) {
  const result = {};
  for (let n = 1; n < 32; n++) result[`x${n}`] = hex(words[n]);
  Object.assign(result, { sscratch: hex(words[WORD.sscratch]), scause: hex(words[WORD.scause]) });
  if (!floatLength) return result;
  result.fcsr = hex(words[WORD.fcsr]);
  for (let n = 0; n < 32; n++) {
    const [low, high] = words.subarray(WORD.f + 2 * n, WORD.f + 2 * n + 2);
    result[`f${n}`] = hex(high).padStart(8, '0') + hex(low).padStart(8, '0');
  }
  return result;
}

function start(floatLength) {
  const words = new Int32Array(104);
  for (let n = 1; n < 32; n++) words[n] = pattern(n);
  words[WORD.sscratch] = SSCRATCH;
  for (let n = 0; n < 32; n++) words.set([0x3f800000 + n, -1], WORD.f + 2 * n);
  return named(words, floatLength);
}

function changes(before, after) {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => before[name] !== value),
  );
}

/** Runs of bytes that differ, by their offset in the window. */
function memoryChanges(before, after) {
  const result = {};
  for (let at = 0; at < WINDOW_BYTES; at++) {
    if (before[at] === after[at]) continue;
    const first = at;
    while (at < WINDOW_BYTES && before[at] !== after[at]) at++;
    result[first] = after.subarray(first, at).toString('hex');
  }
  return result;
}

function recordOf({ name, one }, index, layout, image, ram) {
  const before = outcome(image, layout, index);
  const after = outcome(ram, layout, index);
  const given = named(before.words, layout.floatLength);
  const slot = layout.slot(index) + SLOT_START - 0x80000000;
  const length = one.code.reduce((sum, instruction) => sum + instruction.length, 0);
  return {
    name,
    pc: hex(before.words[WORD.pc]),
    code: image.subarray(slot, slot + length).toString('hex'),
    window: hex(layout.window(index)),
    in: changes(start(layout.floatLength), given),
    out: changes(given, named(after.words, layout.floatLength)),
    memory: memoryChanges(before.window, after.window),
    mepc: hex(after.words[WORD.pc]),
    mcause: after.words[WORD.mcause],
    mtval: hex(after.words[WORD.mtval]),
  };
}

async function record(piece, folder, qemu) {
  const { layout, list } = casesOf(piece);
  const image = buildImage(
    layout,
    list.map(({ one }) => one),
  );
  const ram = await qemu.run(image, layout);
  const cases = list.map((entry, index) => recordOf(entry, index, layout, image, ram));
  const header = {
    source: `${qemu.version()}, virt board`,
    command: 'node tools/oracle/riscv-record.mjs',
    date: new Date().toISOString().slice(0, 10),
    ram: { start: '80000000', end: hex(layout.end) },
    code: { start: hex(layout.code), bytes: layout.codeBytes },
    windowWords: WINDOW_WORDS.map(hex),
  };
  const lines = cases.map((one) => JSON.stringify(one)).join(',\n');
  const text = `${JSON.stringify(header).slice(0, -1)},\n"cases":[\n${lines}\n]}\n`;
  writeFileSync(join(folder, piece.file), text);
  console.log(`${piece.file}: ${cases.length} cases`);
}

const { values } = parseArgs({ options: { out: { type: 'string', default: 'test/truth/riscv' } } });
const qemu = new RiscvQemu();
try {
  for (const piece of PIECES) await record(piece, values.out, qemu);
} finally {
  qemu.close();
}
