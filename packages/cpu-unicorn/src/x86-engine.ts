/**
 * x86-64 behind Unicorn: registers, and the marks of its instructions by our own table. Unicorn runs
 * integer and vector instructions; what is the machine's business, and what Unicorn 2.0.1 lacks or
 * has otherwise than a user program finds it, is stepped.
 *
 * @see Intel SDM volume 2
 */
import {
  type Cpu,
  type Isa,
  isX86Lifted,
  readRflags,
  writeRflags,
  X86_ROWS,
  X86Decoder,
  X86Instruction,
} from '@bareheap/cpu';
import {
  BRANCH,
  CALL,
  type ConvertedRegister,
  type EngineIsa,
  type Fetch,
  FLOAT,
  INDIRECT,
  type Instruction,
  PLAIN,
  REPEATS,
  type SharedRegister,
  STEPPED,
  sharedRegister,
} from './engine-isa.ts';
import { ARCH, CPU_MODEL, MODE, NOWHERE_WIDE, X86_REGISTER } from './unicorn-constants.ts';

type Row = (typeof X86_ROWS)[number];

const PAGE_BYTES = 4096;
const LONGEST = 15;
const GENERAL_WORDS = 2;
const VECTOR_WORDS = 4;
const SLOT_BYTES = 8n;
/** Trap and alignment-check flags: of the machine, not of Unicorn's kernel mode. */
const UNSHARED_FLAGS = 0x40100;
/** Bits of RFLAGS that programs can set beside the arithmetic ones and DF: NT, AC, ID. */
const OTHER_FLAGS = 0x244100;

/** The machine's business, or read back otherwise in kernel mode. */
const STEPPED_MNEMONICS: ReadonlySet<string> = new Set(
  `syscall int int1 int3 iret retf cpuid rdtsc rdtscp rdpid xgetbv pushf popf rdsspd rdsspq
   maskmovdqu`.split(/\s+/),
);
/** Illegal to Unicorn 2.0.1 whatever its model, or off in the state it starts in. */
const STEPPED_FEATURES: ReadonlySet<string> = new Set(
  'popcnt movbe pclmulqdq fsgsbase clflushopt clwb rdrand rdseed xsave xsaveopt xsavec pku'.split(
    ' ',
  ),
);
/** Depend on the control bits of MXCSR or set its exception flags. */
const FLOAT_MNEMONIC =
  /^(add|sub|mul|div|sqrt|rsqrt|rcp|min|max|cmp|u?comi|cvt.+|round|dp|hadd|hsub|addsub)[sp][sd]$|^cvt|mxcsr$|^fisttp$/;

/** Stepped in any case: FCOMI and its kin leave SF, AF and OF as they are in Unicorn 2.0.1. */
const FLAGS_OF_FLOATS = /^fu?comip?$/;

const BRANCHES = /^(j[a-z]+|loop(n?e)?)$/;

function marksOf(row: Row, instruction: X86Instruction): number {
  const { mnemonic, form, feature } = row;
  const { operands } = form;
  if (!isX86Lifted(row) || STEPPED_MNEMONICS.has(mnemonic)) return STEPPED;
  if (STEPPED_FEATURES.has(feature) || operands.some(({ file }) => file === 'segment')) {
    return STEPPED;
  }
  if (FLAGS_OF_FLOATS.test(mnemonic)) return STEPPED;
  // The registers of MMX are those of x87.
  if (feature === 'fpu' || operands.some(({ file }) => file === 'mm')) return FLOAT;
  if (mnemonic === 'emms') return FLOAT;
  if (feature.startsWith('sse') && FLOAT_MNEMONIC.test(mnemonic)) return FLOAT;
  if (instruction.repeat !== 0 && isString(row)) {
    return instruction.addressSize === 8 ? REPEATS | BRANCH : STEPPED;
  }
  if (mnemonic === 'call') return CALL;
  if (mnemonic === 'ret') return INDIRECT;
  if (mnemonic === 'jmp') return isRelative(instruction) ? BRANCH : INDIRECT;
  return BRANCHES.test(mnemonic) ? BRANCH : PLAIN;
}

function isString({ form }: Row): boolean {
  const { attributes } = form;
  return attributes.has('repeat') || attributes.has('repeat-zero');
}

function isRelative({ operands }: X86Instruction): boolean {
  return operands[0]!.kind === 'relative';
}

/** Reads instructions from guest memory, into one record. */
class CodeReader {
  readonly instruction: X86Instruction = new X86Instruction();
  private readonly decoder = new X86Decoder(X86_ROWS);
  private readonly bytes = new Uint8Array(LONGEST);

  /** The row; null where no whole instruction is. Looks at no byte more than it must. */
  read(at: number, fetch: Fetch): Row | null {
    const { bytes, decoder, instruction } = this;
    instruction.length = 1;
    let length = 0;
    let wanted = Math.min(LONGEST, PAGE_BYTES - (at & (PAGE_BYTES - 1)));
    for (;;) {
      for (; length < wanted; length++) {
        const value = fetch(at + length);
        if (value < 0) return null;
        bytes[length] = value;
      }
      const status = decoder.decode(bytes, 0, length, instruction);
      if (status === 'decoded') return instruction.row;
      if (status !== 'cut-off' || length === LONGEST) return null;
      wanted = length + 1;
    }
  }

  decode(at: number, fetch: Fetch): Instruction {
    const row = this.read(at, fetch);
    const marks = row === null ? STEPPED : marksOf(row, this.instruction);
    return { length: Math.max(1, this.instruction.length), marks, covers: 0 };
  }

  /** RET took its target off the stack, CALL put its return address there. */
  undoJump(cpu: Cpu, at: number, fetch: Fetch): void {
    const row = this.read(at, fetch);
    const { operandCount, operands } = this.instruction;
    const taken = operandCount === 0 ? 0n : BigInt(operands[0]!.low & 0xffff);
    if (row?.mnemonic === 'ret') moveStack(cpu, -SLOT_BYTES - taken);
    if (row?.mnemonic === 'call') moveStack(cpu, SLOT_BYTES);
  }
}

function moveStack(cpu: Cpu, by: bigint): void {
  const rsp = cpu.registerNumber('rsp');
  const high = BigInt(cpu.readHigh(rsp)) << 32n;
  const moved = high + BigInt(cpu.readLow(rsp) >>> 0) + by;
  cpu.writeHalves(rsp, Number(BigInt.asIntN(32, moved)), Number(BigInt.asIntN(32, moved >> 32n)));
}

const RFLAGS: ConvertedRegister = {
  theirs: X86_REGISTER.eflags,
  pack: (cpu) => readRflags(cpu) & ~UNSHARED_FLAGS,
  unpack: (cpu, value) => {
    writeRflags(cpu, value | (readRflags(cpu) & UNSHARED_FLAGS), OTHER_FLAGS);
  },
};

/** Ours has a bit for each register in use, Unicorn's two for what is in each: 3 is nothing. */
function tagsOf(register: number): ConvertedRegister {
  return {
    theirs: X86_REGISTER.fptag,
    pack: (cpu) => {
      const used = cpu.read(register);
      let tags = 0;
      for (let n = 0; n < 8; n++) if ((used & (1 << n)) === 0) tags |= 3 << (n * 2);
      return tags;
    },
    unpack: (cpu, tags) => {
      let used = 0;
      for (let n = 0; n < 8; n++) if (((tags >> (n * 2)) & 3) !== 3) used |= 1 << n;
      cpu.write(register, used);
    },
  };
}

/** The x87 stack is counted from its top, which the status word has: that is written first. */
function floatRegisters(numberOf: (name: string) => number): SharedRegister[] {
  return [
    sharedRegister(X86_REGISTER.mxcsr, numberOf('mxcsr')),
    sharedRegister(X86_REGISTER.fpcw, numberOf('fpucontrol')),
    sharedRegister(X86_REGISTER.fpsw, numberOf('fpustatus')),
    ...Array.from({ length: 8 }, (_, n) => ({
      theirs: X86_REGISTER.st0 + n,
      ours: [
        { register: numberOf(`st${n}`), words: 2 },
        { register: numberOf(`st${n}exponent`), words: 1 },
      ],
    })),
  ];
}

/** @param floats  whether Unicorn computes with floating point, too */
export function x86Engine(isa: Isa, floats: boolean): EngineIsa {
  const reader = new CodeReader();
  const numberOf = (wanted: string): number =>
    isa.registers.findIndex(({ name }) => name === wanted);
  return {
    architecture: ARCH.x86,
    mode: MODE.x86Long,
    cpuModel: CPU_MODEL.x86IcelakeServer,
    shared: [
      ...X86_REGISTER.legacy.map((theirs, n) => sharedRegister(theirs, n, GENERAL_WORDS)),
      ...Array.from({ length: 8 }, (_, n) =>
        sharedRegister(X86_REGISTER.r8 + n, 8 + n, GENERAL_WORDS),
      ),
      sharedRegister(X86_REGISTER.fsBase, numberOf('fsbase'), GENERAL_WORDS),
      sharedRegister(X86_REGISTER.gsBase, numberOf('gsbase'), GENERAL_WORDS),
      ...Array.from({ length: 16 }, (_, n) =>
        sharedRegister(X86_REGISTER.xmm0 + n, numberOf(`xmm${n}`), VECTOR_WORDS),
      ),
      ...(floats ? floatRegisters(numberOf) : []),
    ],
    converted: floats ? [RFLAGS, tagsOf(numberOf('fputags'))] : [RFLAGS],
    pc: X86_REGISTER.rip,
    stackPointer: X86_REGISTER.rsp,
    startBit: 0,
    nowhere: NOWHERE_WIDE,
    flags: -1,
    stateBit: 0,
    exceptionBias: 0,
    strict: false,
    callsPush: true,
    cutsBlocks: false,
    repeatCount: X86_REGISTER.rcx,
    steppedMarks: () => (floats ? STEPPED : STEPPED | FLOAT),
    decode: (at, fetch) => reader.decode(at, fetch),
    undoJump: (cpu, at, fetch) => reader.undoJump(cpu, at, fetch),
  };
}
