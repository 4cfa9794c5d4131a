/**
 * Emits one region as a WebAssembly function from `depth: i32` to a pc.
 *
 * Guest registers that the region uses live in locals: loaded at the entry, stored at the single
 * way out and around calls. `depth` is the number of shadow call stack entries in use. The result
 * is the pc at which the guest goes on; a caller inside generated code compares it with the address
 * it expects and goes on itself, so guest returns are host returns. The result `stopped` says that
 * the region stopped at a site, and every caller passes it up.
 *
 * A guest access is: index the TLB, compare the tag with the page and alignment bits of the
 * address (where any alignment is good in a 64-bit space: with the page of its last byte), add the
 * addend. Everything else is the slow path, an imported function that returns a
 * status: 0 done, 1 stop now, 2 stop after this instruction.
 */

import type { Exit, Statement } from '../ir/statement.ts';
import type { Instruction, TranslationBlock } from '../ir/translation-block.ts';
import type { Isa } from '../isa.ts';
import { CodeWriter, OPCODE } from '../wasm/code-writer.ts';
import { AddressEmitter } from './address-emitter.ts';
import { ADDRESS_SHAPES, type AddressShape } from './address-shape.ts';
import { analyseControlFlow, type ControlFlow } from './control-flow.ts';
import { ExpressionEmitter } from './expression-emitter.ts';
import { LOCAL, LocalMap } from './local-map.ts';
import { IMPORT, REGION_TYPE } from './module-shape.ts';
import type { Region } from './region.ts';
import { registerUse } from './register-use.ts';
import type { Site } from './site.ts';
import {
  ACCESSES,
  BUDGET,
  DEPTH,
  DEPTH_LIMIT,
  JUMP_ENTRIES,
  JUMPS,
  PC,
  ROUTINE_BYTES,
  registerOffset,
  SCRATCH,
  SHADOW,
  STOP,
  STOP_VALUE,
  TLB_MIX_SHIFT,
} from './state-layout.ts';

const LOAD_OPCODES = {
  1: [0x2d, 0x2c],
  2: [0x2f, 0x2e],
  4: [0x28, 0x28],
  8: [0x29, 0x29],
  16: [0xfd00, 0xfd00],
} as const;
const STORE_OPCODES = { 1: 0x3a, 2: 0x3b, 4: 0x36, 8: 0x37, 16: 0xfd0b } as const;
const ALIGN_LOG2 = { 1: 0, 2: 1, 4: 2, 8: 3, 16: 4 } as const;
const VALUE_LOADS = { i32: 0x28, i64: 0x29, f32: 0x2a, f64: 0x2b, v128: 0xfd00 } as const;
const VALUE_STORES = { i32: 0x36, i64: 0x37, f32: 0x38, f64: 0x39, v128: 0xfd0b } as const;
const VALUE_ALIGN = { i32: 2, i64: 3, f32: 2, f64: 3, v128: 4 } as const;
const TAG_READ = 0;
const PAGE_SHIFT = 12;
const PAGE_BYTES = 4096;
/** Added to the size in a slow access: the address must be a multiple of the size. */
export const NATURAL = 0x100;
/** Added to the size in a slow load: a fault is one of a store. */
export const BEFORE_STORE = 0x200;

export interface EmitterContext {
  readonly isa: Isa;
  readonly tlbBase: number;
  readonly tlbEntries: number;
  /** Table slot of the region that starts at a pc, whether compiled yet or not. */
  readonly slotOf: (pc: number) => number;
  readonly addSite: (site: Site) => number;
  /** Whether each block adds its loads and stores to ACCESSES. */
  readonly countAccesses: boolean;
}

export interface EmittedRegion {
  /** Function body with locals, as {@link writeModule} takes it. */
  readonly body: Uint8Array;
  readonly sites: readonly number[];
  /** Most instructions that can retire between two looks at the budget. */
  readonly segmentInstructions: number;
}

/** Loads and stores of statements, those under a condition included. */
function accessesOf(statements: readonly Statement[]): number {
  let count = 0;
  for (const statement of statements) {
    if (statement.kind === 'load') count += statement.temporaries.length;
    else if (statement.kind === 'store') count += statement.values.length;
    else if (statement.kind === 'if') {
      count += accessesOf(statement.whenTrue) + accessesOf(statement.whenFalse);
    }
  }
  return count;
}

type LoadStatement = Extract<Statement, { kind: 'load' }>;
type StoreStatement = Extract<Statement, { kind: 'store' }>;

export class RegionEmitter {
  private readonly context: EmitterContext;
  private readonly region: Region;
  private readonly flow: ControlFlow;
  private readonly code = new CodeWriter(4096);
  private readonly locals: LocalMap;
  private readonly used: readonly number[];
  private readonly written: readonly number[];
  private readonly expressions: ExpressionEmitter;
  private readonly shape: AddressShape;
  private readonly addresses: AddressEmitter;
  private readonly labels = new Map<number, number>();
  private readonly sites: number[] = [];
  private leave = 0;
  private block: TranslationBlock;
  private instruction: Instruction;
  private position = 0;
  private storesPending = false;

  constructor(context: EmitterContext, region: Region) {
    this.context = context;
    this.region = region;
    this.flow = analyseControlFlow(region.blocks);
    const blocks = region.blocks.map(({ block }) => block);
    const use = registerUse(blocks);
    this.used = use.used;
    this.written = use.written;
    this.shape = ADDRESS_SHAPES[context.isa.addressType];
    this.addresses = new AddressEmitter(this.code, this.shape);
    this.locals = new LocalMap(use, context.isa.registers, this.shape.type);
    this.expressions = new ExpressionEmitter(this.code, this.locals);
    this.block = blocks[0]!;
    this.instruction = this.block.instructions[0]!;
  }

  emit(): EmittedRegion {
    const { code } = this;
    this.loadRegisters();
    code.block();
    this.leave = code.depth;
    this.tree(0);
    code.end();
    this.wayOut();
    code.byte(0x0b);
    const body = new CodeWriter(code.length + 64);
    this.locals.declare(body);
    body.append(code.finish());
    return { body: body.finish(), sites: this.sites, segmentInstructions: this.longestSegment() };
  }

  /** Stores the state and goes where `result` says: by `slot`, or back to the caller. */
  private wayOut(): void {
    const { code } = this;
    this.storeRegisters();
    code.i32Const(0);
    code.localGet(LOCAL.depth);
    code.i32Store(DEPTH);
    code.localGet(LOCAL.slot);
    code.if();
    code.i32Const(0);
    code.localGet(LOCAL.result);
    this.addresses.store(PC);
    code.localGet(LOCAL.depth);
    code.localGet(LOCAL.slot);
    code.returnCallIndirect(REGION_TYPE);
    code.end();
    code.localGet(LOCAL.result);
  }

  private loadRegisters(): void {
    const { code } = this;
    for (const register of this.used) {
      const { type } = this.context.isa.registers[register]!;
      code.i32Const(0);
      code.memory(VALUE_LOADS[type], VALUE_ALIGN[type], registerOffset(register));
      code.localSet(this.locals.register(register));
    }
    code.i32Const(0);
    code.i32Load(BUDGET);
    code.localSet(LOCAL.budget);
  }

  private storeRegisters(): void {
    const { code } = this;
    for (const register of this.written) {
      const { type } = this.context.isa.registers[register]!;
      code.i32Const(0);
      code.localGet(this.locals.register(register));
      code.memory(VALUE_STORES[type], VALUE_ALIGN[type], registerOffset(register));
    }
    code.i32Const(0);
    code.localGet(LOCAL.budget);
    code.i32Store(BUDGET);
  }

  // Structured control flow over the dominator tree.

  private tree(index: number): void {
    const merges = this.flow.children[index]!.filter((child) => this.flow.isMerge[child]);
    merges.sort((a, b) => this.flow.order[b]! - this.flow.order[a]!);
    if (!this.flow.isLoopHeader[index]) {
      this.within(index, merges, 0);
      return;
    }
    this.code.loop();
    this.labels.set(index, this.code.depth);
    this.within(index, merges, 0);
    this.code.end();
  }

  /** Block `index` nested in one wasm block for each merge point it dominates. */
  private within(index: number, merges: readonly number[], from: number): void {
    const merge = merges[from];
    if (merge === undefined) {
      this.blockBody(index);
      return;
    }
    this.code.block();
    const label = this.code.depth;
    this.labels.set(merge, label);
    this.within(index, merges, from + 1);
    this.code.end();
    this.labels.delete(merge);
    this.tree(merge);
  }

  private blockBody(index: number): void {
    const { block } = this.region.blocks[index]!;
    this.block = block;
    this.locals.enterBlock(block);
    if (index === 0 || this.flow.isLoopHeader[index]) this.budgetCheck(block.pc);
    this.code.localGet(LOCAL.budget);
    this.code.i32Const(block.instructions.length);
    this.code.operation(OPCODE.sub);
    this.code.localSet(LOCAL.budget);
    if (this.context.countAccesses) this.countAccesses(block);
    block.instructions.forEach((instruction, position) => {
      this.instruction = instruction;
      this.position = position;
      this.instructionBody(instruction);
    });
    this.exit(index, block.exit);
  }

  private countAccesses(block: TranslationBlock): void {
    const { code } = this;
    const count = accessesOf(block.instructions.flatMap(({ statements }) => statements));
    if (count === 0) return;
    code.i32Const(0);
    code.i32Const(0);
    code.memory(VALUE_LOADS.i64, 3, ACCESSES);
    code.i64Const(BigInt(count));
    code.operation(OPCODE.add64);
    code.memory(VALUE_STORES.i64, 3, ACCESSES);
  }

  private budgetCheck(pc: number): void {
    const { code } = this;
    code.localGet(LOCAL.budget);
    code.i32Const(0);
    code.operation(OPCODE.leS);
    code.if();
    this.leaveTo(pc, 0);
    code.end();
  }

  private leaveTo(pc: number, slot: number): void {
    const { code } = this;
    this.addresses.constant(pc);
    code.localSet(LOCAL.result);
    if (slot !== 0) {
      code.i32Const(slot);
      code.localSet(LOCAL.slot);
    }
    code.br(this.leave);
  }

  private goTo(from: number, pc: number): void {
    const to = this.region.indexOf.get(pc);
    const inside =
      to !== undefined &&
      this.region.blocks[from]!.successors.includes(to) &&
      !this.flow.isCut(from, to);
    if (!inside) {
      this.storeContext();
      this.leaveTo(pc, this.block.endContext === 0 ? this.context.slotOf(pc) : 0);
      return;
    }
    const back = this.flow.order[to]! <= this.flow.order[from]!;
    if (back || this.flow.isMerge[to]) this.code.br(this.labels.get(to)!);
    else this.tree(to);
  }

  /** A block may end within an IT block, at a page's end: the next one starts in its context. */
  private storeContext(): void {
    if (this.block.endContext === 0) return;
    this.code.i32Const(0);
    this.code.i32Const(this.block.endContext);
    this.code.i32Store(registerOffset(this.context.isa.contextRegister));
  }

  private exit(index: number, exit: Exit): void {
    const { code } = this;
    const { block, storesPending } = this;
    if (exit.guard === null) {
      this.taken(index, exit, storesPending);
      return;
    }
    this.expressions.emit(exit.guard);
    code.if();
    this.taken(index, exit, storesPending);
    code.end();
    this.block = block;
    if (storesPending) this.leaveIfStopping(exit.next);
    this.goTo(index, exit.next);
  }

  /** Leaves when a store of the instruction just done asked for it. */
  private leaveIfStopping(pc: number): void {
    const { code } = this;
    code.localGet(LOCAL.status);
    code.if();
    this.storeContext();
    this.leaveTo(pc, 0);
    code.end();
  }

  private taken(index: number, exit: Exit, storesPending: boolean): void {
    switch (exit.kind) {
      case 'jump':
        if (storesPending) this.leaveIfStopping(exit.target);
        this.goTo(index, exit.target);
        break;
      case 'resync':
        this.storeContext();
        this.leaveTo(exit.target, 0);
        break;
      case 'none':
        this.code.byte(0x00);
        break;
      case 'indirect':
        this.indirect(exit);
        break;
      case 'call':
        this.call(index, exit, storesPending);
        break;
    }
  }

  private indirect(exit: Extract<Exit, { kind: 'indirect' }>): void {
    this.expressions.emit(exit.target);
    this.code.localSet(LOCAL.result);
    if (!exit.isReturn) this.lookUpSlot();
    this.code.br(this.leave);
  }

  /** Sets `slot` from the jump cache when it knows the pc in `result`, else leaves it 0. */
  private lookUpSlot(): void {
    const { code } = this;
    const { jumpShift, jumpSlot } = this.shape;
    code.localGet(LOCAL.result);
    this.addresses.low();
    code.i32Const(jumpShift - 1);
    code.operation(OPCODE.shl);
    code.i32Const((JUMP_ENTRIES - 1) << jumpShift);
    code.operation(OPCODE.and);
    code.localTee(LOCAL.entry);
    this.addresses.load(JUMPS);
    code.localGet(LOCAL.result);
    this.addresses.equal();
    code.if();
    code.localGet(LOCAL.entry);
    code.i32Load(JUMPS + jumpSlot);
    code.localSet(LOCAL.slot);
    code.end();
  }

  private call(index: number, exit: Extract<Exit, { kind: 'call' }>, storesPending: boolean): void {
    const { code } = this;
    if (typeof exit.target === 'number') {
      this.addresses.constant(exit.target);
      code.localSet(LOCAL.result);
      code.i32Const(this.context.slotOf(exit.target));
      code.localSet(LOCAL.slot);
    } else {
      this.expressions.emit(exit.target);
      code.localSet(LOCAL.result);
      this.lookUpSlot();
    }
    this.pushShadow(exit.returnTo);
    this.storeRegisters();
    code.i32Const(0);
    code.localGet(LOCAL.result);
    this.addresses.store(PC);
    this.depthCheck(storesPending);
    this.nextDepth();
    code.localGet(LOCAL.slot);
    code.callIndirect(REGION_TYPE);
    code.localTee(LOCAL.result);
    this.addresses.constant(exit.returnTo);
    this.addresses.notEqual();
    code.if();
    code.localGet(LOCAL.result);
    code.return();
    code.end();
    this.loadRegisters();
    code.i32Const(0);
    code.localSet(LOCAL.slot);
    this.budgetCheck(exit.returnTo);
    this.goTo(index, exit.returnTo);
  }

  private nextDepth(): void {
    this.code.localGet(LOCAL.depth);
    this.code.i32Const(1);
    this.code.operation(OPCODE.add);
  }

  /**
   * Leaves when the host stack may not grow further, or a store of the call asked for it; the state
   * is already stored.
   */
  private depthCheck(storesPending: boolean): void {
    const { code } = this;
    code.localGet(LOCAL.depth);
    code.i32Const(0);
    code.i32Load(DEPTH_LIMIT);
    code.operation(OPCODE.geS);
    if (storesPending) {
      code.localGet(LOCAL.status);
      code.operation(OPCODE.or);
    }
    code.if();
    code.i32Const(0);
    this.nextDepth();
    code.i32Store(DEPTH);
    code.localGet(LOCAL.result);
    code.return();
    code.end();
  }

  private pushShadow(returnTo: number): void {
    const { code } = this;
    const { shadowShift, shadowCallee, shadowStackPointer } = this.shape;
    code.localGet(LOCAL.depth);
    code.i32Const(shadowShift);
    code.operation(OPCODE.shl);
    code.localTee(LOCAL.entry);
    this.addresses.constant(returnTo);
    this.addresses.store(SHADOW);
    code.localGet(LOCAL.entry);
    code.localGet(LOCAL.result);
    this.addresses.store(SHADOW + shadowCallee);
    code.localGet(LOCAL.entry);
    const { stackPointer } = this.context.isa;
    if (this.used.includes(stackPointer)) {
      code.localGet(this.locals.register(stackPointer));
    } else {
      code.i32Const(0);
      this.addresses.load(registerOffset(stackPointer));
    }
    this.addresses.store(SHADOW + shadowStackPointer);
  }

  // Statements.

  private instructionBody(instruction: Instruction): void {
    const { statements } = instruction;
    this.storesPending = false;
    const leavesByExit = this.leavesByExit();
    statements.forEach((statement, index) => {
      const last = index === statements.length - 1 && !leavesByExit;
      this.statement(statement, last);
    });
    if (!this.storesPending || leavesByExit) return;
    this.code.localGet(LOCAL.status);
    this.code.if();
    this.stop();
    this.code.end();
  }

  /** Whether the instruction goes on by the block's exit, not just to the instruction behind it. */
  private leavesByExit(): boolean {
    const { instructions, exit, end } = this.block;
    if (this.position < instructions.length - 1) return false;
    return exit.kind !== 'jump' || exit.guard !== null || exit.target !== end;
  }

  private statement(statement: Statement, last: boolean): void {
    const { code } = this;
    switch (statement.kind) {
      case 'set':
        this.expressions.emit(statement.value);
        code.localSet(this.locals.register(statement.register));
        break;
      case 'let':
        this.expressions.emit(statement.value);
        code.localSet(this.locals.temporary(statement.temporary));
        break;
      case 'load':
        this.load(statement);
        break;
      case 'store':
        this.store(statement, last);
        break;
      case 'if':
        this.expressions.emit(statement.condition);
        code.if();
        for (const inner of statement.whenTrue) this.statement(inner, false);
        if (statement.whenFalse.length > 0) {
          code.else();
          for (const inner of statement.whenFalse) this.statement(inner, false);
        }
        code.end();
        break;
      case 'read-system':
        this.readSystem(statement);
        break;
      case 'write-system':
        this.writeSystem(statement);
        break;
      case 'routine':
        this.routine(statement);
        break;
      case 'trap':
        this.trap(statement);
        break;
    }
  }

  private site(trap: Extract<Statement, { kind: 'trap' }> | null): number {
    const { instruction, block, position } = this;
    const next = block.instructions[position + 1];
    const number = this.context.addSite({
      pc: instruction.pc,
      nextPc: instruction.pc + instruction.length,
      context: instruction.context,
      nextContext: next === undefined ? block.endContext : next.context,
      unretired: block.instructions.length - position,
      trap: trap === null ? null : trap.trap,
      retired: trap?.retired ?? false,
    });
    this.sites.push(number);
    return number;
  }

  private stop(): void {
    this.addresses.constant(this.shape.stopped);
    this.code.localSet(LOCAL.result);
    this.code.br(this.leave);
  }

  private trap(statement: Extract<Statement, { kind: 'trap' }>): void {
    const { code } = this;
    code.i32Const(0);
    code.i32Const(this.site(statement));
    code.i32Store(STOP);
    code.i32Const(0);
    this.expressions.emit(statement.value);
    code.i32Store(STOP_VALUE);
    this.stop();
  }

  private readSystem(statement: Extract<Statement, { kind: 'read-system' }>): void {
    const { code } = this;
    code.i32Const(statement.id);
    this.callWithSite(IMPORT.readSystem);
    this.stopIfAny();
    code.i32Const(0);
    code.i32Load(SCRATCH);
    code.localSet(this.locals.temporary(statement.temporary));
  }

  private writeSystem(statement: Extract<Statement, { kind: 'write-system' }>): void {
    this.code.i32Const(statement.id);
    this.expressions.emit(statement.value);
    this.callWithSite(IMPORT.writeSystem);
    this.stopIfAny();
  }

  private routine(statement: Extract<Statement, { kind: 'routine' }>): void {
    const { code } = this;
    const { routine, operands, results, resultTypes } = statement;
    let at = SCRATCH;
    for (const operand of operands) {
      code.i32Const(0);
      this.expressions.emit(operand);
      code.memory(VALUE_STORES[operand.type], VALUE_ALIGN[operand.type], at);
      at += ROUTINE_BYTES[operand.type];
    }
    code.i32Const(routine);
    code.call(IMPORT.routine);
    at = SCRATCH;
    results.forEach((temporary, index) => {
      const type = resultTypes[index]!;
      code.i32Const(0);
      code.memory(VALUE_LOADS[type], VALUE_ALIGN[type], at);
      code.localSet(this.locals.temporary(temporary));
      at += ROUTINE_BYTES[type];
    });
  }

  /** Calls an import whose last two parameters are the site and the budget. */
  private callWithSite(index: number): void {
    this.code.i32Const(this.site(null));
    this.code.localGet(LOCAL.budget);
    this.code.call(index);
  }

  private stopIfAny(): void {
    this.code.if();
    this.stop();
    this.code.end();
  }

  /** Leaves 0 on the stack when the access of all items hits the TLB; `entry` is set. */
  private tlbMiss(tagOffset: number, statement: LoadStatement | StoreStatement): void {
    const { code, shape, addresses } = this;
    code.localGet(LOCAL.address);
    addresses.low();
    if (shape.type === 'i32') this.mixAddress();
    code.i32Const(PAGE_SHIFT - shape.tlbShift);
    code.operation(OPCODE.shrU);
    code.i32Const((this.context.tlbEntries - 1) << shape.tlbShift);
    code.operation(OPCODE.and);
    code.localTee(LOCAL.entry);
    addresses.load(this.context.tlbBase + tagOffset);
    const { size } = statement;
    const count =
      statement.kind === 'load' ? statement.temporaries.length : statement.values.length;
    if (shape.type === 'i64' && statement.alignment === 'any') {
      this.lastByteElsewhere(size * count);
      return;
    }
    code.localGet(LOCAL.address);
    addresses.constant(size - 1 - PAGE_BYTES);
    addresses.and();
    if (count === 1) {
      addresses.notEqual();
      return;
    }
    addresses.xor();
    code.localGet(LOCAL.address);
    addresses.constant((count - 1) * size);
    addresses.add();
    code.localGet(LOCAL.address);
    addresses.xor();
    addresses.constant(-PAGE_BYTES);
    addresses.and();
    addresses.or();
    addresses.truth();
  }

  /** Mixes upper bits into the 32-bit address on the stack, as the TLB's index has it. */
  private mixAddress(): void {
    const { code } = this;
    code.localGet(LOCAL.address);
    code.i32Const(TLB_MIX_SHIFT);
    code.operation(OPCODE.shrU);
    code.operation(OPCODE.xor);
  }

  /**
   * Whether the tag on the stack is not the page of the access's last byte. The entry is that of the
   * first byte's page, and two pages side by side never share one: so a hit has both in the page.
   */
  private lastByteElsewhere(bytes: number): void {
    const { code, addresses } = this;
    code.localGet(LOCAL.address);
    if (bytes > 1) {
      addresses.constant(bytes - 1);
      addresses.add();
    }
    addresses.constant(-PAGE_BYTES);
    addresses.and();
    addresses.notEqual();
  }

  private hostAddress(): void {
    this.code.localGet(LOCAL.address);
    this.addresses.low();
    this.code.localGet(LOCAL.entry);
    this.code.i32Load(this.context.tlbBase + this.shape.tlbAddend);
    this.code.operation(OPCODE.add);
  }

  private sizeWord(statement: LoadStatement | StoreStatement): number {
    const intent = statement.kind === 'load' && statement.beforeStore ? BEFORE_STORE : 0;
    return statement.size | (statement.alignment === 'natural' ? NATURAL : 0) | intent;
  }

  private load(statement: LoadStatement): void {
    const { code } = this;
    const { size, signed, temporaries } = statement;
    this.expressions.emit(statement.address);
    code.localSet(LOCAL.address);
    this.tlbMiss(TAG_READ, statement);
    code.if();
    this.addresses.halves(LOCAL.address);
    code.i32Const(this.sizeWord(statement));
    code.i32Const(temporaries.length);
    this.callWithSite(IMPORT.load);
    this.stopIfAny();
    code.i32Const(SCRATCH);
    code.localSet(LOCAL.host);
    code.else();
    this.hostAddress();
    code.localSet(LOCAL.host);
    code.end();
    temporaries.forEach((temporary, index) => {
      code.localGet(LOCAL.host);
      code.memory(LOAD_OPCODES[size][signed ? 1 : 0], ALIGN_LOG2[size], index * size);
      code.localSet(this.locals.temporary(temporary));
    });
  }

  private store(statement: StoreStatement, last: boolean): void {
    const { code } = this;
    const { size, values } = statement;
    this.expressions.emit(statement.address);
    code.localSet(LOCAL.address);
    this.tlbMiss(this.shape.tlbWriteTag, statement);
    code.if();
    this.storeSlow(statement, last);
    code.else();
    this.hostAddress();
    if (values.length > 1) code.localSet(LOCAL.host);
    values.forEach((value, index) => {
      if (values.length > 1) code.localGet(LOCAL.host);
      this.expressions.emit(value);
      code.memory(STORE_OPCODES[size], ALIGN_LOG2[size], index * size);
    });
    code.end();
  }

  private storeSlow(statement: StoreStatement, last: boolean): void {
    const { code } = this;
    statement.values.forEach((value, index) => {
      code.i32Const(0);
      this.expressions.emit(value);
      const step = Math.max(4, statement.size);
      code.memory(VALUE_STORES[value.type], VALUE_ALIGN[value.type], SCRATCH + index * step);
    });
    this.addresses.halves(LOCAL.address);
    code.i32Const(this.sizeWord(statement));
    code.i32Const(statement.values.length);
    this.callWithSite(IMPORT.store);
    if (last) {
      this.stopIfAny();
      return;
    }
    this.storesPending = true;
    code.localGet(LOCAL.status);
    code.operation(OPCODE.or);
    code.localTee(LOCAL.status);
    code.i32Const(1);
    code.operation(OPCODE.and);
    this.stopIfAny();
  }

  private longestSegment(): number {
    const { blocks } = this.region;
    const { order, isLoopHeader } = this.flow;
    const sequence = blocks.map((_, index) => index).filter((index) => order[index] !== -1);
    sequence.sort((a, b) => order[a]! - order[b]!);
    const before = new Int32Array(blocks.length);
    let longest = 0;
    for (const index of sequence) {
      const { block, successors } = blocks[index]!;
      const start = isLoopHeader[index] ? 0 : before[index]!;
      const length = start + block.instructions.length;
      longest = Math.max(longest, length);
      for (const to of successors) before[to] = Math.max(before[to]!, length);
    }
    return longest;
  }
}
