/** The program that runs a batch of RISC-V cases on a bare hart, assembled with the ISA's own table. */

import { encodePattern } from '../../packages/cpu/dist/isa/riscv/pattern.js';
import { riscvIsa } from '../../packages/cpu/dist/isa/riscv/riscv-isa.js';
import { RAM, WORD } from './riscv-layout.mjs';

const ISA = riscvIsa({ extensions: ['m', 'a', 'f', 'd'] });
const ROWS = new Map(ISA.rows.map((row) => [row.mnemonic, row]));

const MHARTID = 0xf14;
const MSTATUS = 0x300;
const MTVEC = 0x305;
const MSCRATCH = 0x340;
const MEPC = 0x341;
const CSR_WORDS = { sscratch: 0x140, scause: 0x142, mcause: 0x342, mtval: 0x343 };
const FCSR = 3;
/** The virt board's test finisher, and its word for success. */
const FINISHER = 0x100000;
const PASS = 0x5555;
/** MPP machine; with F, FS dirty. MIE stays clear. */
const MPP_MACHINE = 0x1800;
const FS_DIRTY = 0x6000;
/** A software interrupt is pending and enabled, but not taken, so that WFI goes on. */
const MIE = 0x304;
const SOFTWARE_INTERRUPT = 8;
const CLINT_MSIP = 0x2000000;
const POINTER = 31;
const OTHER = 1;

/** Bits of an instruction by mnemonic and field values. */
export function encode(mnemonic, fields) {
  const row = ROWS.get(mnemonic);
  if (row === undefined) throw new Error(`no instruction ${mnemonic}`);
  return encodePattern(row.pattern, fields);
}

class Program {
  words = [];

  emit(mnemonic, fields = {}) {
    this.words.push(encode(mnemonic, fields));
  }

  get offset() {
    return this.words.length * 4;
  }

  constant(rd, value) {
    const low = (value << 20) >> 20;
    this.emit('lui', { rd, imm: (value - low) | 0 });
    this.emit('addi', { rd, rs1: rd, imm: low });
  }

  jump(to) {
    this.emit('jal', { rd: 0, imm: to - this.offset });
  }

  recordToControl(csr, word) {
    this.emit('lw', { rd: OTHER, rs1: POINTER, imm: word * 4 });
    this.emit('csrrw', { rd: 0, rs1: OTHER, csr });
  }

  controlToRecord(csr, word) {
    this.emit('csrrs', { rd: OTHER, rs1: 0, csr });
    this.emit('sw', { rs2: OTHER, rs1: POINTER, imm: word * 4 });
  }
}

/**
 * There are two harts, because with one QEMU raises load exceptions for AMOs where the manual has
 * store ones (5 for 7, 4 for 6); the second only waits.
 */
function begin(program, layout, trapOffset) {
  program.emit('csrrs', { rd: OTHER, rs1: 0, csr: MHARTID });
  program.emit('beq', { rs1: OTHER, rs2: 0, imm: 12 });
  program.emit('wfi');
  program.jump(program.offset - 4);
  program.constant(OTHER, RAM + trapOffset);
  program.emit('csrrw', { rd: 0, rs1: OTHER, csr: MTVEC });
  program.constant(OTHER, layout.floatLength ? MPP_MACHINE | FS_DIRTY : MPP_MACHINE);
  program.emit('csrrs', { rd: 0, rs1: OTHER, csr: MSTATUS });
  program.constant(OTHER, CLINT_MSIP);
  program.constant(POINTER, 1);
  program.emit('sw', { rs2: POINTER, rs1: OTHER, imm: 0 });
  program.constant(OTHER, SOFTWARE_INTERRUPT);
  program.emit('csrrw', { rd: 0, rs1: OTHER, csr: MIE });
  program.constant(POINTER, layout.records);
}

function finish(program) {
  program.constant(OTHER, FINISHER);
  program.constant(POINTER, PASS);
  program.emit('sw', { rs2: POINTER, rs1: OTHER, imm: 0 });
  program.jump(program.offset);
}

function enterCase(program, { floatLength }) {
  program.emit('csrrw', { rd: 0, rs1: POINTER, csr: MSCRATCH });
  program.recordToControl(MEPC, WORD.pc);
  program.recordToControl(CSR_WORDS.sscratch, WORD.sscratch);
  program.recordToControl(CSR_WORDS.scause, WORD.scause);
  if (floatLength) {
    program.recordToControl(FCSR, WORD.fcsr);
    const load = floatLength === 32 ? 'flw' : 'fld';
    for (let n = 0; n < 32; n++)
      program.emit(load, { rd: n, rs1: POINTER, imm: (WORD.f + 2 * n) * 4 });
  }
  for (let n = 1; n < POINTER; n++) program.emit('lw', { rd: n, rs1: POINTER, imm: n * 4 });
  program.emit('lw', { rd: POINTER, rs1: POINTER, imm: POINTER * 4 });
  program.emit('mret');
}

function takeTrap(program, { floatLength, recordBytes }) {
  program.emit('csrrw', { rd: POINTER, rs1: POINTER, csr: MSCRATCH });
  for (let n = 1; n < POINTER; n++) program.emit('sw', { rs2: n, rs1: POINTER, imm: n * 4 });
  program.controlToRecord(MSCRATCH, POINTER);
  program.controlToRecord(MEPC, WORD.pc);
  for (const [name, csr] of Object.entries(CSR_WORDS)) program.controlToRecord(csr, WORD[name]);
  if (floatLength) {
    // A case may have turned the unit off.
    program.constant(OTHER, FS_DIRTY);
    program.emit('csrrs', { rd: 0, rs1: OTHER, csr: MSTATUS });
    program.controlToRecord(FCSR, WORD.fcsr);
    const store = floatLength === 32 ? 'fsw' : 'fsd';
    for (let n = 0; n < 32; n++)
      program.emit(store, { rs2: n, rs1: POINTER, imm: (WORD.f + 2 * n) * 4 });
  }
  program.emit('addi', { rd: POINTER, rs1: POINTER, imm: recordBytes });
}

/** The harness for a layout, as bytes to lie at RAM. */
export function buildHarness(layout) {
  let trapOffset = 0;
  let program;
  // Twice: the second time with the address of the trap handler.
  for (let pass = 0; pass < 2; pass++) {
    program = new Program();
    begin(program, layout, trapOffset);
    const next = program.offset;
    program.constant(OTHER, layout.records + layout.count * layout.recordBytes);
    program.emit('bne', { rs1: OTHER, rs2: POINTER, imm: 28 });
    finish(program);
    if (program.offset !== next + 8 + 28) throw new Error('the branch over the end is off');
    enterCase(program, layout);
    trapOffset = program.offset;
    takeTrap(program, layout);
    program.jump(next);
  }
  return Buffer.from(Int32Array.from(program.words).buffer);
}
