/**
 * A plain RV32IMC interpreter, as anybody would write it in an afternoon: fetch, switch, flat
 * memory without an MMU. It is here to be measured beside the JIT, and knows just what the
 * benchmark's guest needs; anything else ends the run with a message that names it.
 */
export class PlainRiscv {
  /** @param ram bytes of guest RAM; `base` its address. */
  constructor(ram, base) {
    this.u8 = new Uint8Array(ram.buffer, ram.byteOffset, ram.length);
    this.u16 = new Uint16Array(ram.buffer, ram.byteOffset, ram.length >> 1);
    this.i32 = new Int32Array(ram.buffer, ram.byteOffset, ram.length >> 2);
    this.base = base;
    this.x = new Int32Array(32);
    this.pc = 0;
    this.count = 0;
  }

  /** Runs until an ebreak or ecall, at most `limit` instructions; returns how many it executed. */
  run(limit) {
    const start = this.count;
    while (this.count - start < limit) {
      const at = this.pc - this.base;
      const low = this.u16[at >>> 1];
      if ((low & 3) !== 3) {
        const wide = expand(low);
        if (wide === EBREAK || wide === ECALL) break;
        this.step(wide, 2);
      } else {
        const wide = low | (this.u16[(at >>> 1) + 1] << 16);
        if (wide === EBREAK || wide === ECALL) break;
        this.step(wide, 4);
      }
      this.count++;
    }
    return this.count - start;
  }

  step(w, length) {
    const x = this.x;
    const rd = (w >>> 7) & 31;
    const a = x[(w >>> 15) & 31];
    const b = x[(w >>> 20) & 31];
    const funct3 = (w >>> 12) & 7;
    let next = (this.pc + length) >>> 0;
    switch (w & 0x7f) {
      case 0x37:
        x[rd] = w & 0xfffff000;
        break;
      case 0x17:
        x[rd] = (this.pc + (w & 0xfffff000)) | 0;
        break;
      case 0x6f:
        x[rd] = next;
        next = (this.pc + immediateJ(w)) >>> 0;
        break;
      case 0x67:
        x[rd] = next;
        next = ((a + (w >> 20)) & ~1) >>> 0;
        break;
      case 0x63:
        if (taken(funct3, a, b)) next = (this.pc + immediateB(w)) >>> 0;
        break;
      case 0x03:
        x[rd] = this.load(funct3, (a + (w >> 20) - this.base) >>> 0);
        break;
      case 0x23:
        this.store(funct3, (a + (((w >> 20) & ~31) | rd) - this.base) >>> 0, b);
        break;
      case 0x13:
        x[rd] = arithmetic(funct3, funct3 === 5 ? w >>> 30 : 0, a, w >> 20);
        break;
      case 0x33:
        x[rd] = w >>> 25 === 1 ? multiply(funct3, a, b) : arithmetic(funct3, w >>> 30, a, b);
        break;
      case 0x0f:
        break;
      default:
        throw new Error(
          `plain-riscv does not know ${(w >>> 0).toString(16)} at ${this.pc.toString(16)}`,
        );
    }
    x[0] = 0;
    this.pc = next;
  }

  load(funct3, at) {
    switch (funct3) {
      case 0:
        return (this.u8[at] << 24) >> 24;
      case 1:
        return (this.u16[at >>> 1] << 16) >> 16;
      case 2:
        return this.i32[at >>> 2];
      case 4:
        return this.u8[at];
      default:
        return this.u16[at >>> 1];
    }
  }

  store(funct3, at, value) {
    if (funct3 === 2) this.i32[at >>> 2] = value;
    else if (funct3 === 1) this.u16[at >>> 1] = value;
    else this.u8[at] = value;
  }
}

const EBREAK = 0x00100073;
const ECALL = 0x00000073;

function immediateJ(w) {
  return ((w >> 31) << 20) | (w & 0xff000) | (((w >>> 20) & 1) << 11) | (((w >>> 21) & 0x3ff) << 1);
}

function immediateB(w) {
  return (
    ((w >> 31) << 12) | (((w >>> 7) & 1) << 11) | (((w >>> 25) & 63) << 5) | (((w >>> 8) & 15) << 1)
  );
}

function taken(funct3, a, b) {
  switch (funct3) {
    case 0:
      return a === b;
    case 1:
      return a !== b;
    case 4:
      return a < b;
    case 5:
      return a >= b;
    case 6:
      return a >>> 0 < b >>> 0;
    default:
      return a >>> 0 >= b >>> 0;
  }
}

function arithmetic(funct3, alternate, a, b) {
  switch (funct3) {
    case 0:
      return alternate ? a - b : a + b;
    case 1:
      return a << b;
    case 2:
      return a < b ? 1 : 0;
    case 3:
      return a >>> 0 < b >>> 0 ? 1 : 0;
    case 4:
      return a ^ b;
    case 5:
      return alternate ? a >> b : a >>> b;
    case 6:
      return a | b;
    default:
      return a & b;
  }
}

function multiply(funct3, a, b) {
  switch (funct3) {
    case 0:
      return Math.imul(a, b);
    case 1:
      return Number((BigInt(a) * BigInt(b)) >> 32n);
    case 2:
      return Number(BigInt.asIntN(32, (BigInt(a) * BigInt(b >>> 0)) >> 32n));
    case 3:
      return Number(BigInt.asIntN(32, (BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n));
    case 4:
      return b === 0 ? -1 : (a / b) | 0;
    case 5:
      return b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0;
    case 6:
      return b === 0 ? a : (a % b) | 0;
    default:
      return b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0;
  }
}

const r = (funct7, b, a, funct3, rd) =>
  (funct7 << 25) | (b << 20) | (a << 15) | (funct3 << 12) | (rd << 7) | 0x33;
const i = (immediate, a, funct3, rd, opcode) =>
  (immediate << 20) | (a << 15) | (funct3 << 12) | (rd << 7) | opcode;
const s = (immediate, b, a, funct3) =>
  ((immediate >> 5) << 25) |
  (b << 20) |
  (a << 15) |
  (funct3 << 12) |
  ((immediate & 31) << 7) |
  0x23;
const j = (o, rd) =>
  ((o >>> 20) << 31) |
  (((o >>> 1) & 0x3ff) << 21) |
  (((o >>> 11) & 1) << 20) |
  (o & 0xff000) |
  (rd << 7) |
  0x6f;
const br = (o, a, funct3) =>
  ((o >>> 12) << 31) |
  (((o >>> 5) & 63) << 25) |
  (a << 15) |
  (funct3 << 12) |
  (((o >>> 1) & 15) << 8) |
  (((o >>> 11) & 1) << 7) |
  0x63;

/** The 32-bit instruction that a compressed one stands for. */
function expand(h) {
  const rd = (h >>> 7) & 31;
  const rs2 = (h >>> 2) & 31;
  const a = 8 + ((h >>> 7) & 7);
  const b = 8 + ((h >>> 2) & 7);
  const immediate6 = ((h >>> 12) & 1 ? -32 : 0) | ((h >>> 2) & 31) | 0;
  switch (((h & 3) << 3) | (h >>> 13)) {
    case 0:
      return i(
        ((h >>> 7) & 0x30) | ((h >>> 1) & 0x3c0) | ((h >>> 4) & 4) | ((h >>> 2) & 8),
        2,
        0,
        b,
        0x13,
      );
    case 2:
      return i(wordOffset(h), a, 2, b, 0x03);
    case 6:
      return s(wordOffset(h), b, a, 2);
    case 8:
      return i(immediate6, rd, 0, rd, 0x13);
    case 9:
      return j(jumpOffset(h), 1);
    case 10:
      return i(immediate6, 0, 0, rd, 0x13);
    case 11:
      return rd === 2
        ? i(
            ((h >>> 12) & 1 ? -512 : 0) |
              ((h >>> 2) & 0x10) |
              ((h << 1) & 0x40) |
              ((h << 4) & 0x180) |
              ((h << 3) & 0x20) |
              0,
            2,
            0,
            2,
            0x13,
          )
        : (immediate6 << 12) | (rd << 7) | 0x37;
    case 12:
      return alu(h, a, b, immediate6);
    case 13:
      return j(jumpOffset(h), 0);
    case 14:
      return br(branchOffset(h), a, 0);
    case 15:
      return br(branchOffset(h), a, 1);
    case 16:
      return i(rs2, rd, 1, rd, 0x13);
    case 18:
      return i(((h >>> 7) & 0x20) | ((h >>> 2) & 0x1c) | ((h << 4) & 0xc0), 2, 2, rd, 0x03);
    case 20:
      return jumpOrMove(h, rd, rs2);
    case 22:
      return s(((h >>> 7) & 0x3c) | ((h >>> 1) & 0xc0), rs2, 2, 2);
    default:
      return 0;
  }
}

function wordOffset(h) {
  return ((h >>> 7) & 0x38) | ((h >>> 4) & 4) | ((h << 1) & 0x40);
}

function jumpOffset(h) {
  return (
    ((h >>> 12) & 1 ? -2048 : 0) |
    ((h >>> 7) & 0x10) |
    ((h >>> 1) & 0x300) |
    ((h << 2) & 0x400) |
    ((h >>> 1) & 0x40) |
    ((h << 1) & 0x80) |
    ((h >>> 2) & 0xe) |
    ((h << 3) & 0x20) |
    0
  );
}

function branchOffset(h) {
  return (
    ((h >>> 12) & 1 ? -256 : 0) |
    ((h >>> 7) & 0x18) |
    ((h << 1) & 0xc0) |
    ((h >>> 2) & 6) |
    ((h << 3) & 0x20) |
    0
  );
}

function alu(h, a, b, immediate6) {
  switch ((h >>> 10) & 3) {
    case 0:
      return i(immediate6 & 31, a, 5, a, 0x13);
    case 1:
      return i((immediate6 & 31) | 0x400, a, 5, a, 0x13);
    case 2:
      return i(immediate6, a, 7, a, 0x13);
    default:
      return [r(0x20, b, a, 0, a), r(0, b, a, 4, a), r(0, b, a, 6, a), r(0, b, a, 7, a)][
        (h >>> 5) & 3
      ];
  }
}

function jumpOrMove(h, rd, rs2) {
  const high = (h >>> 12) & 1;
  if (rs2 === 0) return rd === 0 ? EBREAK : i(0, rd, 0, high, 0x67);
  return r(0, rs2, high === 0 ? 0 : rd, 0, rd);
}
