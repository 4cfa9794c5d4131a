/**
 * What every engine behind the Cpu port must keep, as a table of rules on programs of a few
 * instructions: precise state at every stop, exact counts, faults as values, active calls. A rule
 * throws when it does not hold.
 */
import { type Cpu, type Isa, riscvIsa, thumbIsa } from '@bareheap/cpu';
import { type Device, Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import {
  breakpointRows,
  type PassedProgram,
  tellsOnceWhatFaults,
} from './cpu-conformance-breakpoints.ts';
import * as program from './cpu-conformance-program.ts';
import { X86_RULES } from './cpu-conformance-x86.ts';
import {
  type CpuRule,
  type CpuUnderTest,
  demand,
  isTrap,
  type Machine,
  PLENTY,
  REFUSED,
  same,
  systemOf,
} from './cpu-rule.ts';

const { CODE, DATA, DEVICE, STACK_TOP, X, WORK } = program;
const { amoadd, addi, sw, lw, lui, jal, jalr, add, bne, csrrw } = program;
const { ECALL, EBREAK, FENCE_I, NOP, RET, UNDEFINED } = program;

const READ_WRITE = PROT_READ | PROT_WRITE;
/** A machine with a program at CODE, data and a stack. */
function machine(subject: CpuUnderTest, isa: Isa, code: Uint8Array, device?: Device): Machine {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 22 });
  mmu.map(CODE, program.CODE_BYTES, READ_WRITE | PROT_EXECUTE, { name: 'code' });
  mmu.map(DATA, program.DATA_BYTES, READ_WRITE, { name: 'data' });
  mmu.map(STACK_TOP - program.STACK_BYTES, program.STACK_BYTES, READ_WRITE, { name: 'stack' });
  if (device !== undefined) mmu.mapDevice(DEVICE, 0x1000, device);
  new Supervisor(mmu).poke(CODE, code);
  const written: [number, number][] = [];
  const cpu = subject.make({ isa, memory: mmu, system: systemOf(written) });
  cpu.pc = CODE;
  cpu.write(isa.stackPointer, STACK_TOP);
  return { cpu, mmu, written };
}

const riscv = (subject: CpuUnderTest, words: readonly number[], device?: Device): Machine =>
  machine(subject, riscvIsa(), program.wordsToBytes(words), device);

const thumb = (subject: CpuUnderTest, halfwords: readonly number[], device?: Device): Machine =>
  machine(subject, thumbIsa({ version: 'v7m' }), program.halfwordsToBytes(halfwords), device);

function stateOf(cpu: Cpu, registers: number): unknown {
  const values = Array.from({ length: registers }, (_, register) => cpu.read(register));
  return { pc: cpu.pc, count: cpu.instructionCount, values, frames: cpu.shadowFrames() };
}

function stopsAtEveryBudget(subject: CpuUnderTest): void {
  const steps = riscv(subject, WORK).cpu;
  const strides = riscv(subject, WORK).cpu;
  let budget = 1;
  for (let done = 0; done + budget < program.WORK_INSTRUCTIONS; ) {
    done += budget;
    same(strides.run(budget).kind, 'budget', `stop after ${done}`);
    for (let count = 0; count < budget; count++) steps.run(1);
    same(stateOf(strides, 32), stateOf(steps, 32), `state after ${done} instructions`);
    budget = ((budget * 7) % 61) + 1;
  }
  demand(isTrap(strides.run(PLENTY), 'supervisor-call'), 'the end is an ECALL');
  same(strides.instructionCount, program.WORK_INSTRUCTIONS, 'instructions');
  same(strides.read(X.a0), program.WORK_SUM, 'the sum');
}

function leavesStateBeforeAFault(subject: CpuUnderTest): void {
  const { cpu, mmu } = riscv(subject, [
    lui(X.t0, DATA),
    addi(X.a0, X.a0, 1),
    sw(X.a0, 0, X.t0),
    addi(X.t0, X.t0, 4),
    jal(0, -3),
  ]);
  const stop = cpu.run(PLENTY);
  const end = DATA + program.DATA_BYTES;
  demand(stop.kind === 'fault', `stop ${stop.kind}`);
  const { kind, access, address, size } = stop.fault;
  same([kind, access, address, size], ['not-present', 'write', end, 4], 'fault');
  same([cpu.pc, cpu.read(X.a0), cpu.read(X.t0)], [CODE + 8, 0x801, end], 'pc, a0, t0');
  same(cpu.instructionCount, 2 + 0x800 * 4, 'instructions');
  mmu.map(end, 0x1000, READ_WRITE);
  const next = cpu.run(PLENTY);
  demand(next.kind === 'fault' && next.fault.address === end + 0x1000, 'goes on when it is mapped');
  same(mmu.loadSlow(end, 4), 0x801, 'what it stored');
}

function faultsWhereForbidden(subject: CpuUnderTest): void {
  const { cpu, mmu } = riscv(subject, [
    lui(X.t0, DATA),
    sw(X.a0, 0, X.t0),
    sw(X.a0, 4, X.t0),
    ECALL,
  ]);
  cpu.write(X.a0, 7);
  cpu.run(2);
  mmu.protect(DATA, program.DATA_BYTES, PROT_READ);
  const stop = cpu.run(PLENTY);
  demand(stop.kind === 'fault' && stop.fault.kind === 'protection', `stop ${stop.kind}`);
  same([cpu.pc, cpu.instructionCount], [CODE + 8, 2], 'pc and count');
  mmu.protect(DATA, program.DATA_BYTES, READ_WRITE);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'goes on when it is allowed');
  same([mmu.loadSlow(DATA, 4), mmu.loadSlow(DATA + 4, 4)], [7, 7], 'what it stored');
}

function faultsOnFetch(subject: CpuUnderTest): void {
  const { cpu } = riscv(subject, [lui(X.t0, 0x700000), jalr(X.ra, X.t0, 0)]);
  const stop = cpu.run(PLENTY);
  demand(stop.kind === 'fault' && stop.fault.access === 'execute', `stop ${stop.kind}`);
  same([cpu.pc, cpu.instructionCount], [0x700000, 2], 'pc and count');
  same(
    cpu.shadowFrames(),
    [{ returnTo: CODE + 8, callee: 0x700000, stackPointer: STACK_TOP }],
    'calls',
  );
  const returns = new Float64Array(4);
  same([cpu.shadowReturns(returns, 1, 3), returns[1], returns[2]], [1, CODE + 8, 0], 'returns');
}

function stopsAtBreakpoints(subject: CpuUnderTest): void {
  const { cpu } = riscv(subject, WORK);
  cpu.run(200);
  const at = CODE + program.WORK_INNER * 4;
  cpu.setBreakpoint(at);
  for (let pass = 0; pass < 20; pass++) {
    same([cpu.run(PLENTY).kind, cpu.pc], ['breakpoint', at], `pass ${pass}`);
  }
  cpu.clearBreakpoint(at);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is an ECALL');
  same(cpu.instructionCount, program.WORK_INSTRUCTIONS, 'instructions');
}

const workOf = (subject: CpuUnderTest): PassedProgram => ({
  start: () => riscv(subject, WORK).cpu,
  // Its first 20 passes of 60.
  most: 3 + 20 * 30,
  places: [
    [CODE + program.WORK_INNER * 4, 100],
    [CODE + program.WORK_INNER * 4 + 4, 100],
    [CODE + program.WORK_INNER * 4 + 12, 100],
    [CODE, 1],
    [CODE + 16, 20],
    [CODE + 32, 20],
  ],
});

function tellsFaultsOnce(subject: CpuUnderTest): void {
  const { cpu, mmu } = riscv(subject, [
    lui(X.t0, DATA + program.DATA_BYTES),
    sw(0, 0, X.t0),
    ECALL,
  ]);
  tellsOnceWhatFaults(
    cpu,
    CODE + 4,
    () => mmu.map(DATA + program.DATA_BYTES, 0x1000, READ_WRITE),
    (stop) => isTrap(stop, 'supervisor-call'),
  );
}

const CALLED = 32;

/** A function whose immediate the loop before it counts up. */
function runsChangedCode(subject: CpuUnderTest): void {
  const loop = [
    lui(X.t0, CODE),
    addi(X.a1, 0, 50),
    jal(X.ra, CALLED - 2),
    lw(X.t1, CALLED * 4, X.t0),
    lui(X.t2, 0x100000),
    add(X.t1, X.t1, X.t2),
    sw(X.t1, CALLED * 4, X.t0),
    FENCE_I,
    addi(X.a1, X.a1, -1),
    bne(X.a1, 0, -7),
    ECALL,
  ];
  const padding = Array.from({ length: CALLED - loop.length }, () => NOP);
  const { cpu } = riscv(subject, [...loop, ...padding, addi(X.a0, X.a0, 0), RET]);
  let stop = cpu.run(PLENTY);
  while (isTrap(stop, 'instruction-barrier')) stop = cpu.run(PLENTY);
  demand(isTrap(stop, 'supervisor-call'), 'the end is an ECALL');
  same(cpu.read(X.a0), (49 * 50) / 2, 'the sum of 0 to 49');
}

function seesCodeOfTheHost(subject: CpuUnderTest): void {
  const { cpu, mmu } = riscv(subject, [addi(X.a0, X.a0, 1), addi(X.a1, 0, 0), jal(0, -2)]);
  cpu.run(30);
  same(cpu.read(X.a0), 10, 'a0');
  new Supervisor(mmu).poke(CODE, program.wordsToBytes([addi(X.a0, X.a0, 100)]));
  cpu.run(30);
  same(cpu.read(X.a0), 1010, 'a0 after the host has changed the code');
}

function stopsForADevice(subject: CpuUnderTest): void {
  const counts: number[] = [];
  const device: Device = {
    load: () => 0,
    store: (_offset, _size, value) => {
      counts.push(cpu.instructionCount);
      if (value % 10 === 0) cpu.requestStop();
    },
  };
  const words = [lui(X.t0, DEVICE), addi(X.a0, X.a0, 1), sw(X.a0, 0, X.t0), jal(0, -2)];
  const { cpu } = riscv(subject, words, device);
  for (let pass = 1; pass <= 5; pass++) {
    same(cpu.run(PLENTY).kind, 'requested', 'stop');
    const state = [cpu.read(X.a0), cpu.pc, cpu.instructionCount];
    same(state, [pass * 10, CODE + 12, 3 * pass * 10], 'a0, pc, count');
  }
  same(counts.slice(0, 3), [2, 5, 8], 'counts that the device saw');
}

function keepsActiveCalls(subject: CpuUnderTest): void {
  const { cpu } = riscv(subject, [
    addi(X.a0, 0, 90),
    jal(X.ra, 2),
    ECALL,
    addi(X.sp, X.sp, -16),
    sw(X.ra, 12, X.sp),
    addi(X.a0, X.a0, -1),
    bne(X.a0, 0, 3),
    NOP,
    jal(0, 2),
    jal(X.ra, -6),
    lw(X.ra, 12, X.sp),
    addi(X.sp, X.sp, 16),
    RET,
  ]);
  const back = CODE + 40;
  cpu.setBreakpoint(CODE + 28);
  same(cpu.run(PLENTY).kind, 'breakpoint', 'stop');
  const frames = cpu.shadowFrames();
  same(frames.length, 90, 'calls');
  const innermost = { returnTo: back, callee: CODE + 12, stackPointer: STACK_TOP - 89 * 16 };
  same(frames[0], innermost, 'innermost call');
  same(frames[89]!.returnTo, CODE + 8, 'outermost call');
  // As longjmp would: two frames are left without a return.
  cpu.write(X.sp, STACK_TOP - 88 * 16);
  cpu.run(6);
  same(cpu.shadowFrames().length, 87, 'calls after a return past two frames');
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is an ECALL');
  same(cpu.shadowFrames(), [], 'calls at the end');
}

function keepsFramesOfTheMachine(subject: CpuUnderTest): void {
  const { cpu } = riscv(subject, WORK);
  cpu.setBreakpoint(CODE + program.WORK_INNER * 4);
  cpu.run(PLENTY);
  const depth = cpu.shadowDepth;
  const frame = { returnTo: cpu.pc, callee: CODE, stackPointer: cpu.read(X.sp) };
  cpu.enterShadowFrame(frame);
  same([cpu.shadowDepth, cpu.shadowFrames()[0]], [depth + 1, frame], 'the frame entered');
  cpu.truncateShadow(depth);
  same(cpu.shadowDepth, depth, 'depth');
}

function trapsForTheMachine(subject: CpuUnderTest): void {
  const { cpu } = riscv(subject, [NOP, ECALL, NOP, EBREAK, NOP, UNDEFINED]);
  const traps = ['supervisor-call', 'breakpoint-instruction', 'undefined-instruction'];
  for (const [index, trap] of traps.entries()) {
    demand(isTrap(cpu.run(PLENTY), trap), `the stop is ${trap}`);
    same([cpu.pc, cpu.instructionCount], [CODE + 4 + index * 8, index + 1], `pc, count at ${trap}`);
    cpu.pc += 4;
  }
}

function asksForSystemRegisters(subject: CpuUnderTest): void {
  const { cpu, written } = riscv(subject, [
    addi(X.a1, 0, 77),
    csrrw(X.a0, 0x340, X.a1),
    csrrw(X.a0, REFUSED, X.a1),
  ]);
  const stop = cpu.run(PLENTY);
  demand(isTrap(stop, 'undefined-instruction'), 'a refused register traps');
  same([cpu.pc, cpu.instructionCount], [CODE + 8, 2], 'pc and count');
  same([cpu.read(X.a0), written[0]], [0x340 * 3, [0x340, 77]], 'what was read and written');
}

/** Engines may do atomic accesses another way than plain ones. */
function sharesMemoryWithAtomics(subject: CpuUnderTest): void {
  const { cpu, mmu } = riscv(subject, [
    lui(X.t0, DATA),
    addi(X.a1, 0, 3),
    addi(X.t2, 0, 60),
    amoadd(X.a0, X.a1, X.t0),
    lw(X.t1, 0, X.t0),
    sw(X.t1, 4, X.t0),
    bne(X.t1, X.t2, -3),
    ECALL,
  ]);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is an ECALL');
  same([cpu.read(X.a0), cpu.instructionCount], [57, 3 + 4 * 20], 'a0 and count');
  same([mmu.loadSlow(DATA, 4), mmu.loadSlow(DATA + 4, 4)], [60, 60], 'what was stored');
}

function jumpsWhereItSays(subject: CpuUnderTest): void {
  const { cpu } = riscv(subject, [
    lui(X.t0, CODE),
    addi(X.a1, 0, 200),
    add(X.a0, X.a0, X.a1),
    addi(X.a1, X.a1, -1),
    bne(X.a1, 0, 2),
    ECALL,
    jalr(0, X.t0, 8),
  ]);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is an ECALL');
  same(cpu.read(X.a0), (200 * 201) / 2, 'the sum');
}

/** MOVS r0, #0; ITTE EQ; ADDEQ r1, #1; LDREQ r2, [r4]; MOVNE r1, #9; ADDS r3, #1; B to the start */
const IT_LOOP = [0x2000, 0xbf06, 0x3101, 0x6822, 0x2109, 0x3301, 0xe7f8];

/** Of a conditional instruction control comes by, whether or not it does anything. */
const itLoopOf = (subject: CpuUnderTest): PassedProgram => ({
  start: () => {
    const { cpu } = thumb(subject, IT_LOOP);
    cpu.write(4, DATA);
    return cpu;
  },
  most: IT_LOOP.length * 100,
  places: [10, 0, 4, 6, 8].map((offset) => [CODE + offset, 100] as const),
});

function stopsWithinItBlocks(subject: CpuUnderTest): void {
  const strides = thumb(subject, IT_LOOP).cpu;
  const steps = thumb(subject, IT_LOOP).cpu;
  for (const cpu of [strides, steps]) cpu.write(4, DATA);
  for (let done = 5; done < 200; done += 5) {
    strides.run(5);
    for (let count = 0; count < 5; count++) steps.run(1);
    same(stateOf(strides, 15), stateOf(steps, 15), `state after ${done} instructions`);
    const it = strides.registerNumber('itstate');
    same(strides.read(it), steps.read(it), `IT state after ${done} instructions`);
  }
  same(strides.read(1), strides.read(3), 'r1 and r3 count passes');
}

function stopsAtThumbTraps(subject: CpuUnderTest): void {
  // NOP; SVC 5; NOP; BKPT 0xab; NOP; UDF 0
  const { cpu } = thumb(subject, [0xbf00, 0xdf05, 0xbf00, 0xbeab, 0xbf00, 0xde00]);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call', 5), 'SVC 5');
  same([cpu.pc, cpu.instructionCount], [CODE + 4, 2], 'SVC retires');
  demand(isTrap(cpu.run(PLENTY), 'breakpoint-instruction', 0xab), 'BKPT 0xab');
  same([cpu.pc, cpu.instructionCount], [CODE + 6, 3], 'BKPT does not');
  cpu.pc += 2;
  demand(isTrap(cpu.run(PLENTY), 'undefined-instruction'), 'UDF');
  same([cpu.pc, cpu.instructionCount], [CODE + 10, 4], 'UDF does not');
}

function leavesThumbForTheMachine(subject: CpuUnderTest): void {
  // BX r0, to an exception return value; then, at 4, BX r1 to an address without Thumb's bit.
  const { cpu } = thumb(subject, [0x4700, 0xbf00, 0x4708]);
  cpu.write(0, 0xfffffff9 | 0);
  cpu.write(1, CODE);
  demand(isTrap(cpu.run(PLENTY), 'exception-return', 0xfffffff9), 'an exception return');
  same(cpu.instructionCount, 1, 'it retires');
  cpu.pc = CODE + 4;
  demand(isTrap(cpu.run(PLENTY), 'invalid-state', CODE), 'Arm state');
  same(cpu.instructionCount, 2, 'that retires, too');
}

function checksAlignment(subject: CpuUnderTest): void {
  // LDMIA r0!, {r1, r2}
  const { cpu } = thumb(subject, [0xc806]);
  cpu.write(0, DATA + 2);
  const stop = cpu.run(PLENTY);
  demand(stop.kind === 'fault' && stop.fault.kind === 'misaligned', `stop ${stop.kind}`);
  same([cpu.pc, cpu.read(0), cpu.instructionCount], [CODE, DATA + 2, 0], 'pc, r0, count');
}

type RuleRow = readonly [id: string, title: string, verify: CpuRule['verify']];

const RISCV_ROWS: readonly RuleRow[] = [
  ['budget', 'every budget stops at its instruction', stopsAtEveryBudget],
  ['fault', 'a fault leaves the state before its instruction', leavesStateBeforeAFault],
  ['protection', 'a forbidden store faults, and is resumed', faultsWhereForbidden],
  ['fetch', 'a jump to where nothing is faults there', faultsOnFetch],
  ['breakpoint', 'a breakpoint in a loop stops at each pass', stopsAtBreakpoints],
  ...breakpointRows(workOf),
  ['breakpoint-fault', 'an instruction that faults is told once', tellsFaultsOnce],
  ['changed-code', 'changed code runs after FENCE.I', runsChangedCode],
  ['host-code', 'code that the host changed runs', seesCodeOfTheHost],
  ['device', 'a device sees exact counts and gets its stop', stopsForADevice],
  ['calls', 'the active calls are known, past longjmp', keepsActiveCalls],
  ['frames', 'the machine enters and drops frames', keepsFramesOfTheMachine],
  ['traps', 'ECALL, EBREAK and undefined instructions trap', trapsForTheMachine],
  ['system', 'system registers are the machine’s', asksForSystemRegisters],
  ['atomics', 'atomic and plain accesses see each other', sharesMemoryWithAtomics],
  ['jump', 'a computed jump goes where it says', jumpsWhereItSays],
];

const THUMB_ROWS: readonly RuleRow[] = [
  ['it', 'IT blocks can be stopped within', stopsWithinItBlocks],
  ...breakpointRows(itLoopOf),
  ['thumb-traps', 'SVC, BKPT and UDF trap', stopsAtThumbTraps],
  ['thumb-state', 'exception returns and Arm state are told', leavesThumbForTheMachine],
  ['alignment', 'a multiple load must be aligned', checksAlignment],
];

const ruleOf =
  (isa: CpuRule['isa']) =>
  ([id, title, verify]: RuleRow): CpuRule => ({ id, title, isa, verify });

export const CPU_RULES: readonly CpuRule[] = [
  ...RISCV_ROWS.map(ruleOf('rv32')),
  ...THUMB_ROWS.map(ruleOf('thumb')),
  ...X86_RULES,
];
