/**
 * FXSAVE, FXRSTOR, XSAVE, XRSTOR and XGETBV (SDM volume 1, 10.5 and chapter 13), for x87 and SSE.
 * The addresses and the opcode of the last x87 instruction are not kept and saved as zeros. XSAVE
 * takes every component as in use, so it always writes what it is asked for.
 */
import {
  add64,
  and,
  and64,
  constant,
  constant64,
  constant128,
  type Expression,
  ne64,
  not,
  operate,
  or64,
  shl64,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { keptControl, packedWords, setPackedWords, summarised } from './lift-x87.ts';
import type { Lifting } from './lifting.ts';
import { RAX, RCX, RDX } from './register.ts';
import {
  MXCSR,
  X87_CONTROL,
  X87_COUNT,
  X87_EXPONENT,
  X87_SIGNIFICAND,
  X87_STATUS,
  X87_TAGS,
  XMM_COUNT,
  XMM0,
} from './state.ts';
import { INITIAL_CONTROL } from './x87-state.ts';

const FX_BYTES = 512;
const MXCSR_AT = 24;
const STACK_AT = 32;
const XMM_AT = 160;
/** Bits that MXCSR has, as FXSAVE tells them. */
const MXCSR_MASK = 0xffff;

/** XCR0 and the components of XSAVE. */
const X87_STATE = 1;
const SSE_STATE = 2;
const XCR0: number = X87_STATE | SSE_STATE;
const HEADER_AT = 512;
const XSAVE_BYTES = 576;

const offset = (address: Expression, by: number): Expression =>
  add64(address, constant64(BigInt(by)));

function protectionFaultIf(c: Lifting, condition: Expression): void {
  c.block.if(condition, () => c.block.trap('general-protection', constant(0), false));
}

/**
 * Raises #GP where the image's address is no multiple of `alignment`. An image that reaches beyond
 * the addresses there are faults as such first, since through the stack segment that is #SS
 * (observed on an AMD EPYC).
 */
function requireAlignment(c: Lifting, alignment: number, bytes: number): void {
  const { block } = c;
  block.if(and(wrap(c.address()), constant(alignment - 1)), () => {
    for (const at of [0, bytes - 1]) {
      const address = block.let(offset(c.address(), at));
      const canonical = operate('shrS64', shl64(address, constant64(16n)), constant64(16n));
      block.if(ne64(canonical, address), () => void c.load(address, 1));
    }
    block.trap('general-protection', constant(0), false);
  });
}

/** Stores what lies at both ends of an image, so that what follows cannot fault. */
function proveStores(c: Lifting, bytes: number): void {
  for (const at of [0, bytes - 1]) {
    c.proveStore(offset(c.address(), at), 1);
  }
}

/** Loads `count` words of 8 bytes at an offset of the image. */
function words(c: Lifting, at: number, count: number): readonly Expression[] {
  return c.block.loadMany(offset(c.address(), at), count, 8, false, 'any');
}

// The parts of the image.

function saveStack(c: Lifting): void {
  const start = [packedWords(c), constant64(0n), constant64(0n)];
  c.block.storeMany(c.address(), 8, start, 'any');
  const values = Array.from({ length: X87_COUNT }, (_, n) => [
    c.get(X87_SIGNIFICAND + n),
    and64(widenU(c.get(X87_EXPONENT + n)), constant64(0xffffn)),
  ]).flat();
  c.block.storeMany(offset(c.address(), STACK_AT), 8, values, 'any');
}

function saveControl(c: Lifting): void {
  const mask = constant64(BigInt(MXCSR_MASK) << 32n);
  c.store(offset(c.address(), MXCSR_AT), 8, or64(widenU(c.get(MXCSR)), mask));
}

function saveVectors(c: Lifting): void {
  for (let n = 0; n < XMM_COUNT; n++) {
    c.block.store(offset(c.address(), XMM_AT + n * 16), 16, c.get(XMM0 + n), 'any');
  }
}

/** An image's x87 part, loaded: it is set later, when nothing can fault any more. */
function loadStack(c: Lifting): () => void {
  const [packed] = words(c, 0, 1);
  const values = words(c, STACK_AT, 2 * X87_COUNT);
  return () => {
    setPackedWords(c, packed!);
    normaliseWords(c);
    for (let n = 0; n < X87_COUNT; n++) {
      c.block.set(X87_SIGNIFICAND + n, values[2 * n]!);
      c.block.set(X87_EXPONENT + n, and(wrap(values[2 * n + 1]!), constant(0xffff)));
    }
  };
}

function loadVectors(c: Lifting): () => void {
  const values = words(c, XMM_AT, 2 * XMM_COUNT);
  return () => {
    for (let n = 0; n < XMM_COUNT; n++) {
      const low = operate('i64x2.splat', values[2 * n]!);
      c.block.set(XMM0 + n, operate('i64x2.replace1', low, values[2 * n + 1]!));
    }
  };
}

/** MXCSR of an image; bits that it does not have raise #GP. */
function loadControl(c: Lifting): Expression {
  const value = c.block.load(offset(c.address(), MXCSR_AT), 4, false, 'any');
  protectionFaultIf(c, and(value, constant(~MXCSR_MASK)));
  return value;
}

/** Control words keep the bits that there are; the status word's summary follows from both. */
function normaliseWords(c: Lifting): void {
  const { block } = c;
  block.set(X87_CONTROL, keptControl(c.get(X87_CONTROL)));
  block.set(X87_STATUS, summarised(c.get(X87_STATUS), c.get(X87_CONTROL)));
}

// The instructions.

const save: Lift = (c) => {
  requireAlignment(c, 16, FX_BYTES);
  proveStores(c, FX_BYTES);
  saveStack(c);
  saveControl(c);
  saveVectors(c);
};

const restore: Lift = (c) => {
  requireAlignment(c, 16, FX_BYTES);
  c.block.let(c.load(offset(c.address(), FX_BYTES - 1), 1));
  const setStack = loadStack(c);
  const control = loadControl(c);
  const setVectors = loadVectors(c);
  setStack();
  c.block.set(MXCSR, control);
  setVectors();
};

/** The components that EDX:EAX asks for, of those that are there. */
function requested(c: Lifting): Expression {
  return c.block.let(and(wrap(c.get(RAX)), constant(XCR0)));
}

const has = (components: Expression, component: number): Expression =>
  and(components, constant(component));

const saveExtended: Lift = (c) => {
  const { block } = c;
  requireAlignment(c, 64, XSAVE_BYTES);
  proveStores(c, XSAVE_BYTES);
  const components = requested(c);
  const header = offset(c.address(), HEADER_AT);
  const before = c.load(header, 8);
  block.if(has(components, X87_STATE), () => saveStack(c));
  block.if(has(components, SSE_STATE), () => {
    saveControl(c);
    saveVectors(c);
  });
  c.store(header, 8, or64(before, widenU(components)));
};

function initialiseStack(c: Lifting): void {
  const { block } = c;
  block.set(X87_CONTROL, constant(INITIAL_CONTROL));
  block.set(X87_STATUS, constant(0));
  block.set(X87_TAGS, constant(0));
  for (let n = 0; n < X87_COUNT; n++) {
    block.set(X87_SIGNIFICAND + n, constant64(0n));
    block.set(X87_EXPONENT + n, constant(0));
  }
}

function initialiseVectors(c: Lifting): void {
  for (let n = 0; n < XMM_COUNT; n++) c.block.set(XMM0 + n, constant128(0n));
}

/** The standard form alone: the compacted one is not announced, and its mark raises #GP. */
const restoreExtended: Lift = (c) => {
  const { block } = c;
  requireAlignment(c, 64, XSAVE_BYTES);
  const [saved, compaction, reserved] = words(c, HEADER_AT, 3);
  const unknown = and64(saved!, constant64(~BigInt(XCR0)));
  const wrong = or64(unknown, or64(compaction!, reserved!));
  protectionFaultIf(c, ne64(wrong, constant64(0n)));
  const components = requested(c);
  const present = block.let(and(components, wrap(saved!)));
  block.let(c.load(c.address(), 1));
  block.if(has(components, SSE_STATE), () => block.set(MXCSR, loadControl(c)));
  block.if(has(present, X87_STATE), () => loadStack(c)());
  block.if(has(present, SSE_STATE), () => loadVectors(c)());
  const absent = block.let(and(components, not(wrap(saved!))));
  block.if(has(absent, X87_STATE), () => initialiseStack(c));
  block.if(has(absent, SSE_STATE), () => initialiseVectors(c));
};

/** XGETBV: XCR0 is the one register there is. */
const readControl: Lift = (c) => {
  protectionFaultIf(c, wrap(c.get(RCX)));
  c.block.set(RAX, constant64(BigInt(XCR0)));
  c.block.set(RDX, constant64(0n));
};

export const STATE_IMAGE_LIFTS: LiftTable = {
  fxsave: save,
  fxsave64: save,
  fxrstor: restore,
  fxrstor64: restore,
  xsave: saveExtended,
  xsave64: saveExtended,
  xrstor: restoreExtended,
  xrstor64: restoreExtended,
  xgetbv: readControl,
};
