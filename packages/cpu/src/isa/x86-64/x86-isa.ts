/**
 * x86-64 as user programs have it, for the JIT: 64-bit mode, flat segments but for the bases of FS
 * and GS. What the table knows and no family lifts stops the program by its name.
 */

import type { TrapKind } from '../../cpu.ts';
import type { CodeSource } from '../../ir/code-source.ts';
import { constant } from '../../ir/expression.ts';
import type { BlockBuilder } from '../../ir/translation-block.ts';
import type { Isa } from '../../isa.ts';
import { CodeBytes } from './code-bytes.ts';
import { x86Cpuid } from './cpuid.ts';
import { Decoder, MAX_LENGTH } from './decoder.ts';
import { DecodedInstruction } from './instruction.ts';
import { ARITHMETIC_LIFTS } from './lift-arithmetic.ts';
import { BIT_LIFTS } from './lift-bit.ts';
import { CONTROL_LIFTS } from './lift-control.ts';
import { CONVERT_LIFTS } from './lift-convert.ts';
import { FLOAT_LIFTS } from './lift-float.ts';
import { MMX_LIFTS, MMX_STATE_LIFTS } from './lift-mmx.ts';
import { MOVE_LIFTS } from './lift-move.ts';
import { MULTIPLY_LIFTS } from './lift-multiply.ts';
import { PACKED_LIFTS } from './lift-packed.ts';
import { SHIFT_LIFTS } from './lift-shift.ts';
import { STATE_IMAGE_LIFTS } from './lift-state-image.ts';
import { STRING_LIFTS } from './lift-string.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { VECTOR_LIFTS } from './lift-vector.ts';
import { X87_LIFTS } from './lift-x87.ts';
import { Lifting } from './lifting.ts';
import type { RegisterFile } from './operand-form.ts';
import { RSP } from './register.ts';
import { type CpuidTable, x86Routines } from './routine.ts';
import type { Feature, Row } from './row.ts';
import { X86_REGISTERS } from './state.ts';
import { X86_ROWS } from './table.ts';

const PAGE_BYTES = 4096;

const LIFTS: LiftTable = {
  ...ARITHMETIC_LIFTS,
  ...SHIFT_LIFTS,
  ...MULTIPLY_LIFTS,
  ...BIT_LIFTS,
  ...MOVE_LIFTS,
  ...STRING_LIFTS,
  ...CONTROL_LIFTS,
  ...X87_LIFTS,
  ...VECTOR_LIFTS,
  ...MMX_STATE_LIFTS,
  ...STATE_IMAGE_LIFTS,
  ...PACKED_LIFTS,
  ...FLOAT_LIFTS,
  ...CONVERT_LIFTS,
};

/**
 * Features all of whose instructions are lifted; what CPUID tells of when nobody says otherwise.
 */
export const LIFTED_FEATURES: ReadonlySet<Feature> = new Set<Feature>([
  'fpu',
  'mmx',
  'sse',
  'sse2',
  'sse3',
  'ssse3',
  'sse4_1',
  'sse4_2',
  'aes',
  'pclmulqdq',
  'popcnt',
  'lzcnt',
  'movbe',
  'bmi1',
  'bmi2',
  'adx',
  'cx16',
  'fsgsbase',
  'rdtscp',
  'rdpid',
  'xsave',
  'clflushopt',
  'clwb',
  'prefetchw',
]);

export interface X86Options {
  /** What CPUID answers; by itself {@link LIFTED_FEATURES}. */
  readonly cpuid?: CpuidTable;
}

/** Files of registers that lifted rows work on. */
const LIFTED_FILES: ReadonlySet<RegisterFile> = new Set<RegisterFile>([
  'general',
  'x87',
  'xmm',
  'mm',
]);

function liftOf({ form, mnemonic }: Row): Lift | null {
  const { operands, attributes } = form;
  if (attributes.has('privileged')) return null;
  if (attributes.has('undefined')) return null;
  if (!operands.every(({ file, size }) => LIFTED_FILES.has(file) && size !== 'p')) return null;
  const isOnMm = operands.some(({ file }) => file === 'mm');
  return (isOnMm ? MMX_LIFTS : LIFTS)[mnemonic] ?? null;
}

const raiseUndefined: Lift = raise('undefined-instruction');
/** What is done with each row met so far: it is lifted, or raises what it raises. */
const LIFT_OF_ROW = new Map<Row, Lift>();

function liftFor(row: Row): Lift {
  let lift = LIFT_OF_ROW.get(row);
  if (lift === undefined) {
    lift = liftOf(row) ?? stopOf(row);
    LIFT_OF_ROW.set(row, lift);
  }
  return lift;
}

/** Whether a family lifts a row. */
export function isLifted(row: Row): boolean {
  return liftOf(row) !== null;
}

export function x86Isa(options: X86Options = {}): Isa {
  // All features: what is decoded is named even where it is not lifted.
  const decoder = new Decoder(X86_ROWS);
  const instruction = new DecodedInstruction();
  const code = new CodeBytes();
  let lifting: Lifting | null = null;

  /** Fetches as few bytes as decode; null when one of them cannot be. */
  const decode = (pc: number, source: CodeSource): ReturnType<Decoder['decode']> | null => {
    let wanted = Math.min(MAX_LENGTH, PAGE_BYTES - (pc % PAGE_BYTES));
    for (;;) {
      if (!code.have(pc, wanted, source)) return null;
      const at = code.indexOf(pc);
      const status = decoder.decode(code.bytes, at, at + wanted, instruction);
      if (status !== 'cut-off' || wanted === MAX_LENGTH) return status;
      wanted++;
    }
  };

  return {
    name: 'x86-64',
    addressType: 'i64',
    fetchBytes: 1,
    routines: x86Routines(options.cpuid ?? x86Cpuid(LIFTED_FEATURES)),
    registers: X86_REGISTERS,
    stackPointer: RSP,
    callsPush: true,
    seesStoresToCode: true,
    contextRegister: -1,
    exceptionReturnBase: Number.POSITIVE_INFINITY,
    lift(block: BlockBuilder, source: CodeSource): boolean {
      if (lifting?.block !== block) {
        lifting = new Lifting(block, instruction);
        code.begin(block.pc);
      }
      const status = decode(block.instructionPc, source);
      if (status === null) return false;
      liftOne(lifting, status === 'decoded' ? instruction.row : null);
      return true;
    },
  };
}

function liftOne(c: Lifting, row: Row | null): void {
  const { block, instruction } = c;
  block.begin(instruction.length);
  c.begin();
  if (row === null) raiseUndefined(c);
  else liftFor(row)(c);
  block.finish(0);
}

function raise(trap: TrapKind): Lift {
  return ({ block }) => {
    block.trap(trap, constant(0), false);
    block.unreachable();
  };
}

/** What a row that is not lifted raises. */
function stopOf({ form }: Row): Lift {
  const { attributes } = form;
  if (attributes.has('undefined')) return raise('undefined-instruction');
  return raise(attributes.has('privileged') ? 'general-protection' : 'unsupported-instruction');
}
