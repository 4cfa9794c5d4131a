/**
 * A translation block: instructions with one entry at the top, each lifted to statements, and one
 * exit at the bottom. The builder is what a lifter writes into.
 */
import type { TrapKind } from '../cpu.ts';
import { type Expression, isConstant } from './expression.ts';
import type { ValueType } from './operation.ts';
import type { AccessSize, Alignment, Exit, Statement } from './statement.ts';

/** One lifted instruction. `context` is the ISA's extra state before it (Thumb: ITSTATE). */
export interface Instruction {
  readonly pc: number;
  readonly length: number;
  readonly context: number;
  readonly statements: readonly Statement[];
}

export interface TranslationBlock {
  readonly pc: number;
  readonly context: number;
  readonly instructions: readonly Instruction[];
  readonly exit: Exit;
  /** Types of the temporaries, by number; shared by the whole block. */
  readonly temporaries: readonly ValueType[];
  /** First byte after the block's last instruction. */
  readonly end: number;
  /** The context that the instruction at `end` would be lifted in. */
  readonly endContext: number;
}

/** Collects what a lifter emits. One builder makes one translation block. */
export class BlockBuilder {
  readonly pc: number;
  /** Extra ISA state (Thumb: ITSTATE), known at lift time; the lifter advances it. */
  context: number;
  private readonly registers: readonly Expression[];
  private readonly temporaries: ValueType[] = [];
  private readonly instructions: Instruction[] = [];
  private statements: Statement[] = [];
  private exit: Exit | null = null;
  private guard: Expression | null = null;
  private currentPc: number;
  private currentLength = 0;

  /** @param registers  those of the ISA, see {@link registersOf} */
  constructor(pc: number, context: number, registers: readonly Expression[]) {
    this.pc = pc;
    this.currentPc = pc;
    this.context = context;
    this.registers = registers;
  }

  /** Address of the instruction being lifted. */
  get instructionPc(): number {
    return this.currentPc;
  }

  /** Address after the instruction being lifted; its length must be announced by {@link begin}. */
  get nextPc(): number {
    return this.currentPc + this.currentLength;
  }

  get ended(): boolean {
    return this.exit !== null;
  }

  get instructionCount(): number {
    return this.instructions.length;
  }

  /** Opens the instruction of `length` bytes at the current address. */
  begin(length: number): void {
    this.currentLength = length;
    this.statements = [];
    this.guard = null;
  }

  /** Closes the instruction; `contextBefore` is the context it was lifted in. */
  finish(contextBefore: number): void {
    this.instructions.push({
      pc: this.currentPc,
      length: this.currentLength,
      context: contextBefore,
      statements: this.statements,
    });
    this.currentPc += this.currentLength;
  }

  get(register: number): Expression {
    return this.registers[register]!;
  }

  set(register: number, value: Expression): void {
    this.statements.push({ kind: 'set', register, value });
  }

  /** Names a value, so that later changes of the registers it reads do not reach it. */
  let(value: Expression): Expression {
    if (isConstant(value) || value.kind === 'temporary') return value;
    const temporary = this.temporary(value.type);
    this.statements.push({ kind: 'let', temporary, value });
    return { kind: 'temporary', type: value.type, temporary };
  }

  /** Loads one item and extends it to i32; one of 8 bytes is an i64, of 16 a v128. */
  load(address: Expression, size: AccessSize, signed: boolean, alignment: Alignment): Expression {
    return this.loadOne(address, size, signed, alignment, false);
  }

  /** Loads, zero-extended and at any address, what this instruction is going to store over. */
  loadBeforeStore(address: Expression, size: AccessSize): Expression {
    return this.loadOne(address, size, false, 'any', true);
  }

  /** Loads consecutive items; all are loaded before any statement after this one runs. */
  loadMany(
    address: Expression,
    count: number,
    size: AccessSize,
    signed: boolean,
    alignment: Alignment,
  ): Expression[] {
    const type = typeOfLoad(size);
    const temporaries = Array.from({ length: count }, () => this.temporary(type));
    this.statements.push({
      kind: 'load',
      temporaries,
      address,
      size,
      signed,
      alignment,
      beforeStore: false,
    });
    return temporaries.map((temporary) => ({ kind: 'temporary', type, temporary }) as const);
  }

  store(address: Expression, size: AccessSize, value: Expression, alignment: Alignment): void {
    this.storeMany(address, size, [value], alignment);
  }

  /** Stores consecutive items from the lowest address up. */
  storeMany(
    address: Expression,
    size: AccessSize,
    values: readonly Expression[],
    alignment: Alignment,
  ): void {
    this.statements.push({ kind: 'store', address, size, values, alignment });
  }

  /** Runs `then` when the condition is not zero, else `otherwise`. Exits may not be inside. */
  if(condition: Expression, then: () => void, otherwise: (() => void) | null = null): void {
    if (isConstant(condition)) {
      if (condition.value !== 0) then();
      else otherwise?.();
      return;
    }
    this.statements.push({
      kind: 'if',
      condition,
      whenTrue: this.collect(then),
      whenFalse: otherwise === null ? [] : this.collect(otherwise),
    });
  }

  /** Reads a system register (a CSR, a special register) through the runner's system port. */
  readSystem(id: number): Expression {
    const temporary = this.temporary('i32');
    this.statements.push({ kind: 'read-system', temporary, id });
    return { kind: 'temporary', type: 'i32', temporary };
  }

  writeSystem(id: number, value: Expression): void {
    this.statements.push({ kind: 'write-system', id, value });
  }

  /** Calls a routine of the ISA by its number; the results are those of `types`, in order. */
  routine(
    routine: number,
    operands: readonly Expression[],
    types: readonly ValueType[],
  ): readonly Expression[] {
    const results = types.map((type) => this.temporary(type));
    this.statements.push({ kind: 'routine', routine, operands, results, resultTypes: types });
    return results.map(
      (temporary, index) => ({ kind: 'temporary', type: types[index]!, temporary }) as const,
    );
  }

  /** Leaves to the runner; inside {@link if} only when that path is taken. */
  trap(trap: TrapKind, value: Expression, retired: boolean): void {
    this.statements.push({ kind: 'trap', trap, value, retired });
  }

  /** Makes this instruction's exit conditional: when zero, control goes to the next instruction. */
  guardExit(condition: Expression): void {
    this.guard = this.let(condition);
  }

  jump(target: number): void {
    this.exit = { kind: 'jump', target, guard: this.guard, next: this.nextPc };
  }

  /** Jumps to `target` when the condition is not zero, else goes on with the next instruction. */
  branch(condition: Expression, target: number): void {
    this.exit = { kind: 'jump', target, guard: condition, next: this.nextPc };
  }

  call(target: number | Expression, returnTo: number): void {
    this.exit = { kind: 'call', target, returnTo, guard: this.guard, next: this.nextPc };
  }

  indirect(target: Expression, isReturn: boolean): void {
    this.exit = { kind: 'indirect', target, isReturn, guard: this.guard, next: this.nextPc };
  }

  /** Ends the block so that the runner looks at interrupts, then goes on at the next instruction. */
  resync(): void {
    this.exit = { kind: 'resync', target: this.nextPc, guard: null, next: this.nextPc };
  }

  /** Ends a block whose last instruction always traps. */
  unreachable(): void {
    this.exit = { kind: 'none', guard: this.guard, next: this.nextPc };
  }

  /** The finished block; a block without an exit goes on at the address after it. */
  build(): TranslationBlock {
    const first = this.instructions[0];
    return {
      pc: this.pc,
      context: first === undefined ? this.context : first.context,
      instructions: this.instructions,
      exit: this.exit ?? {
        kind: 'jump',
        target: this.currentPc,
        guard: null,
        next: this.currentPc,
      },
      temporaries: this.temporaries,
      end: this.currentPc,
      endContext: this.context,
    };
  }

  private loadOne(
    address: Expression,
    size: AccessSize,
    signed: boolean,
    alignment: Alignment,
    beforeStore: boolean,
  ): Expression {
    const type = typeOfLoad(size);
    const temporary = this.temporary(type);
    const temporaries = [temporary];
    this.statements.push({
      kind: 'load',
      temporaries,
      address,
      size,
      signed,
      alignment,
      beforeStore,
    });
    return { kind: 'temporary', type, temporary };
  }

  private temporary(type: ValueType): number {
    return this.temporaries.push(type) - 1;
  }

  private collect(body: () => void): Statement[] {
    const outer = this.statements;
    const inner: Statement[] = [];
    this.statements = inner;
    body();
    this.statements = outer;
    return inner;
  }
}

/** Each register of an ISA as an expression, by its number. */
export function registersOf(isa: {
  readonly registers: readonly { readonly type: ValueType }[];
}): readonly Expression[] {
  return isa.registers.map(({ type }, register) => ({ kind: 'register', type, register }));
}

/** Small items are extended. */
function typeOfLoad(size: AccessSize): ValueType {
  return size === 16 ? 'v128' : size === 8 ? 'i64' : 'i32';
}
