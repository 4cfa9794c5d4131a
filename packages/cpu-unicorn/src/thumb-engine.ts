/**
 * Thumb of the M profile behind Unicorn: registers, and the marks of its instructions.
 *
 * @see Armv7-M Architecture Reference Manual A5
 */
import { packXpsr, type ThumbIsa, unpackXpsr } from '@bareheap/cpu';
import {
  ALIGNED,
  BRANCH,
  CALL,
  DIVIDE,
  type EngineIsa,
  type Fetch,
  INDIRECT,
  type Instruction,
  MEMORY,
  OPENS_IT,
  PLAIN,
  STEPPED,
  sharedRegister,
} from './engine-isa.ts';
import { ARCH, ARM_REGISTER, CPU_MODEL, MODE, NOWHERE } from './unicorn-constants.ts';

const SP = 13;
const LR = 14;
const T_OF_XPSR = 1 << 24;
const T_OF_CPSR = 1 << 5;
/** CPSR as Unicorn keeps it on these cores: supervisor mode, interrupts masked, Thumb. */
const CPSR_BASE = 0x1f3;
const DIV_0_TRP = 0x10;

/** An encoding by mask and value, and its marks; the first that fits counts. */
type Encoding = readonly [mask: number, value: number, marks: number];

const NARROW: readonly Encoding[] = [
  [0xffff, 0xbf00, PLAIN], // NOP
  [0xff0f, 0xbf00, STEPPED], // YIELD, WFE, WFI, SEV
  [0xff00, 0xbf00, OPENS_IT],
  [0xffe0, 0xb660, STEPPED], // CPS
  [0xffe0, 0xb640, STEPPED], // SETEND
  [0xff00, 0xbe00, STEPPED], // BKPT
  [0xfe00, 0xde00, STEPPED], // UDF, SVC
  [0xff80, 0x4780, CALL], // BLX
  [0xff80, 0x4700, INDIRECT], // BX
  [0xff87, 0x4687, INDIRECT], // MOV pc
  [0xf000, 0xd000, BRANCH],
  [0xf800, 0xe000, BRANCH],
  [0xf500, 0xb100, BRANCH], // CBZ, CBNZ
  [0xff87, 0x4487, INDIRECT], // ADD pc
  [0xff00, 0xbd00, INDIRECT | MEMORY], // POP with pc
  [0xfe00, 0xb400, MEMORY], // PUSH
  [0xfe00, 0xbc00, MEMORY], // POP
  [0xf000, 0xc000, MEMORY | ALIGNED], // LDM, STM
  [0xf800, 0x4800, MEMORY], // LDR literal
  [0xf000, 0x5000, MEMORY],
  [0xe000, 0x6000, MEMORY],
  [0xf000, 0x8000, MEMORY],
  [0xf000, 0x9000, MEMORY],
];

/** The first halfword is on top. */
const WIDE: readonly Encoding[] = [
  [0xf800d000, 0xf000d000, CALL], // BL
  [0xff80d000, 0xf3808000, STEPPED], // MSR, MRS, hints, barriers
  [0xff80d000, 0xf7808000, STEPPED], // UDF.W and its neighbours
  [0xf800c000, 0xf0008000, BRANCH],
  [0xffe00000, 0xe8400000, STEPPED], // STREX, LDREX
  [0xfff0ffe0, 0xe8d0f000, INDIRECT | MEMORY], // TBB, TBH
  [0xffe00000, 0xe8c00000, STEPPED], // LDREXB and its kin
  [0xfe5f8000, 0xe81d8000, INDIRECT | MEMORY], // LDM with pc from sp
  [0xfe508000, 0xe8108000, INDIRECT | MEMORY | ALIGNED],
  [0xfe0f0000, 0xe80d0000, MEMORY], // LDM, STM, LDRD, STRD from sp
  [0xfe000000, 0xe8000000, MEMORY | ALIGNED],
  [0xff70f000, 0xf850f000, INDIRECT | MEMORY], // LDR pc
  [0xfe000000, 0xf8000000, MEMORY],
  [0xffd0f0f0, 0xfb90f0f0, DIVIDE],
  [0xec000000, 0xec000000, STEPPED], // coprocessors, the FPU among them
];

function marksIn(encodings: readonly Encoding[], bits: number): number {
  for (const [mask, value, marks] of encodings) {
    if (((bits & mask) ^ value) === 0) return marks;
  }
  return PLAIN;
}

function decode(isa: ThumbIsa, at: number, fetch: Fetch): Instruction {
  const first = fetch(at);
  if (first < 0) return { length: 2, marks: STEPPED, covers: 0 };
  const isWide = first >>> 11 >= 0b11101;
  const second = isWide ? fetch((at + 2) >>> 0) : 0;
  if (isWide && second < 0) return { length: 4, marks: STEPPED, covers: 0 };
  const bits = isWide ? ((first << 16) | second) >>> 0 : first;
  const length = isWide ? 4 : 2;
  if (isa.rowOf(bits | 0, isWide) === null) return { length, marks: STEPPED, covers: 0 };
  const marks = marksIn(isWide ? WIDE : NARROW, bits);
  return { length, marks, covers: (marks & OPENS_IT) !== 0 ? itLength(first & 0xf) : 0 };
}

/** Instructions in an IT block, by its mask: 4 less the zeros below the lowest one. */
function itLength(mask: number): number {
  return 4 - (31 - Math.clz32(mask & -mask));
}

export function thumbEngine(isa: ThumbIsa): EngineIsa {
  const version = isa.name.split('+')[0]!;
  const model = { v6m: CPU_MODEL.cortexM0, v7m: CPU_MODEL.cortexM3 }[version];
  const ccr = isa.registers.findIndex(({ name }) => name === 'ccr');
  const strict = version === 'v6m';
  const aligned = strict ? 0 : ALIGNED;
  const isTrapping = (): boolean => isa.unalignedTrap && !strict;
  return {
    architecture: ARCH.arm,
    mode: MODE.thumb | MODE.mclass,
    cpuModel: model ?? CPU_MODEL.cortexM4,
    shared: [
      ...Array.from({ length: 13 }, (_, n) => sharedRegister(ARM_REGISTER.r0 + n, n)),
      sharedRegister(ARM_REGISTER.sp, SP),
      sharedRegister(ARM_REGISTER.lr, LR),
    ],
    converted: [
      {
        theirs: ARM_REGISTER.cpsr,
        pack: (cpu) => (packXpsr(cpu) & ~T_OF_XPSR) | CPSR_BASE,
        unpack: unpackXpsr,
      },
    ],
    pc: ARM_REGISTER.pc,
    stackPointer: ARM_REGISTER.sp,
    startBit: 1,
    nowhere: NOWHERE,
    flags: ARM_REGISTER.cpsr,
    stateBit: T_OF_CPSR,
    exceptionBias: 0,
    strict,
    callsPush: false,
    cutsBlocks: true,
    repeatCount: -1,
    steppedMarks: (cpu) => {
      const divides = (cpu.read(ccr) & DIV_0_TRP) !== 0 ? DIVIDE : 0;
      return STEPPED | divides | aligned | (isTrapping() ? MEMORY : 0);
    },
    decode: (at, fetch) => decode(isa, at, fetch),
  };
}
