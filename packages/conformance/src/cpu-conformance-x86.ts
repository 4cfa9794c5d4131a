/** The Cpu port's rules on x86-64, on programs of a few instructions. */
import { type Cpu, readRflags, writeRflags, x86Isa } from '@bareheap/cpu';
import { type Device, Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import {
  breakpointRows,
  type PassedProgram,
  tellsOnceWhatFaults,
} from './cpu-conformance-breakpoints.ts';
import * as program from './cpu-conformance-x86-program.ts';
import {
  type CpuRule,
  type CpuUnderTest,
  demand,
  isTrap,
  type Machine,
  PLENTY,
  same,
  systemOf,
} from './cpu-rule.ts';

const { CODE, DATA, DEVICE, STACK_TOP, R, WORK } = program;
const { set, add, addByte, decrement, load, store, move, push, divide } = program;
const { call, jump, ifNotZero, jumpTo, callAt, lockAdd, storeByte, storeDouble } = program;
const { NOP, RET, SYSCALL, INT3, UD2, HLT, RDTSC } = program;
const { REP_MOVSB, REP_STOSQ, REPE_CMPSB, REPNE_SCASB } = program;

const READ_WRITE = PROT_READ | PROT_WRITE;
const PAGE = 0x1000;
/** RFLAGS of a program that begins. */
const FLAGS = 0x202;
const ZF = 0x40;

interface X86Machine extends Machine {
  /** Addresses of the program's labels. */
  readonly at: Readonly<Record<string, number>>;
  readonly bytes: Supervisor;
}

/** A machine with a program at CODE, data and a stack. */
function machine(
  subject: CpuUnderTest,
  items: readonly program.Item[],
  device?: Device,
): X86Machine {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 22 });
  mmu.map(CODE, program.CODE_BYTES, READ_WRITE | PROT_EXECUTE, { name: 'code' });
  mmu.map(DATA, program.DATA_BYTES, READ_WRITE, { name: 'data' });
  mmu.map(STACK_TOP - program.STACK_BYTES, program.STACK_BYTES, READ_WRITE, { name: 'stack' });
  if (device !== undefined) mmu.mapDevice(DEVICE, PAGE, device);
  const bytes = new Supervisor(mmu);
  const assembled = program.assemble(items);
  bytes.poke(CODE, assembled.bytes);
  const written: [number, number][] = [];
  const cpu = subject.make({
    isa: x86Isa({ cpuid: () => [0, 0, 0, 0] }),
    memory: mmu,
    system: systemOf(written),
  });
  start(cpu);
  return { cpu, mmu, written, at: assembled.at, bytes };
}

function start(cpu: Cpu): void {
  writeRflags(cpu, FLAGS);
  cpu.write(R.rsp, STACK_TOP);
  cpu.pc = CODE;
}

/** What programs can see; how flags are kept is the engine's own. */
function stateOf(cpu: Cpu): unknown {
  const values = cpu.registerNames.flatMap((name, register) => {
    if (name.startsWith('flag')) return [];
    const words = name.startsWith('xmm') ? 4 : 2;
    return Array.from({ length: words }, (_, word) =>
      words === 4 || word === 0 ? cpu.readWord(register, word) : cpu.readHigh(register),
    );
  });
  const frames = cpu.shadowFrames();
  return { pc: cpu.pc, count: cpu.instructionCount, flags: readRflags(cpu), values, frames };
}

/** Registers, pc and count. */
const some = (cpu: Cpu, ...registers: number[]): number[] => [
  ...registers.map((register) => cpu.read(register)),
  cpu.pc,
  cpu.instructionCount,
];

function demandFault(
  stop: ReturnType<Cpu['run']>,
  kind: string,
  access: string,
  address: number,
): void {
  demand(stop.kind === 'fault', `the stop is a fault, not ${JSON.stringify(stop)}`);
  same(
    [stop.fault.kind, stop.fault.access, stop.fault.address],
    [kind, access, address],
    'the fault',
  );
}

function stopsAtEveryBudget(subject: CpuUnderTest): void {
  const steps = machine(subject, WORK);
  const strides = machine(subject, WORK);
  for (const { bytes } of [steps, strides]) bytes.poke(DATA, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  let budget = 1;
  for (let done = 0; done + budget < program.WORK_INSTRUCTIONS; ) {
    done += budget;
    same(strides.cpu.run(budget).kind, 'budget', `stop after ${done}`);
    for (let count = 0; count < budget; count++) steps.cpu.run(1);
    same(stateOf(strides.cpu), stateOf(steps.cpu), `state after ${done} instructions`);
    budget = ((budget * 7) % 61) + 1;
  }
  demand(isTrap(strides.cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  same(strides.cpu.instructionCount, program.WORK_INSTRUCTIONS, 'instructions');
  same(strides.cpu.read(R.rax), program.WORK_SUM, 'the sum');
}

function leavesStateBeforeAFault(subject: CpuUnderTest): void {
  const { cpu, mmu, at } = machine(subject, [
    set(R.rdi, DATA),
    'loop',
    addByte(R.rax, 1),
    'store',
    store(R.rax, R.rdi, 0),
    addByte(R.rdi, 8),
    jump('loop'),
  ]);
  const end = DATA + program.DATA_BYTES;
  demandFault(cpu.run(PLENTY), 'not-present', 'write', end);
  const passes = program.DATA_BYTES / 8;
  const expected = [passes + 1, end, at['store'], 1 + passes * 4 + 1];
  same(some(cpu, R.rax, R.rdi), expected, 'rax, rdi, pc, count');
  mmu.map(end, PAGE, READ_WRITE);
  demandFault(cpu.run(PLENTY), 'not-present', 'write', end + PAGE);
  same(mmu.loadSlow(end, 4), passes + 1, 'what it stored');
}

function faultsWhereForbidden(subject: CpuUnderTest): void {
  const { cpu, mmu } = machine(subject, [
    set(R.rdi, DATA),
    storeByte(R.rax, R.rdi, 0),
    storeByte(R.rax, R.rdi, 1),
    SYSCALL,
  ]);
  cpu.write(R.rax, 7);
  cpu.run(2);
  const at = cpu.pc;
  mmu.protect(DATA, program.DATA_BYTES, PROT_READ);
  demandFault(cpu.run(PLENTY), 'protection', 'write', DATA + 1);
  same([cpu.pc, cpu.instructionCount], [at, 2], 'pc and count');
  mmu.protect(DATA, program.DATA_BYTES, READ_WRITE);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'goes on when it is allowed');
  same(mmu.loadSlow(DATA, 4), 0x707, 'what it stored');
}

function faultsOnFetch(subject: CpuUnderTest): void {
  const nowhere = 0x1234_5678_9000;
  const { cpu, at } = machine(subject, [set(R.rdx, nowhere), callAt(R.rdx), 'behind', NOP]);
  demandFault(cpu.run(PLENTY), 'not-present', 'execute', nowhere);
  same([cpu.pc, cpu.instructionCount], [nowhere, 2], 'pc and count');
  const frame = { returnTo: at['behind'], callee: nowhere, stackPointer: STACK_TOP - 8 };
  same(cpu.shadowFrames(), [frame], 'calls');
}

/** An instruction over the end of its page, the next page being absent, then there. */
function fetchesOverPages(subject: CpuUnderTest): void {
  const { cpu, mmu, bytes } = machine(subject, [NOP]);
  const last = CODE + program.CODE_BYTES;
  bytes.poke(last - 4, Uint8Array.from([...NOP, ...set(R.rax, 0x1122_3344_5566).slice(0, 3)]));
  cpu.pc = last - 4;
  demandFault(cpu.run(PLENTY), 'not-present', 'execute', last);
  same([cpu.pc, cpu.instructionCount], [last - 3, 1], 'pc and count');
  mmu.map(last, PAGE, READ_WRITE | PROT_EXECUTE);
  bytes.poke(last, Uint8Array.from([...set(R.rax, 0x1122_3344_5566).slice(3), ...SYSCALL]));
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'goes on when the page is there');
  same(some(cpu, R.rax), [0x1122_3344_5566, last + 9, 3], 'rax, pc, count');
}

function accessesOverPages(subject: CpuUnderTest): void {
  const { cpu, mmu, at } = machine(subject, [load(R.rax, R.rdi, 0), 'push', push(R.rdi), SYSCALL]);
  const end = DATA + program.DATA_BYTES;
  mmu.storeSlow(end - 4, 4, 0x1234);
  cpu.write(R.rdi, end - 4);
  demandFault(cpu.run(PLENTY), 'not-present', 'read', end);
  same(some(cpu, R.rax), [0, CODE, 0], 'a load over the end of its page');
  cpu.pc = at['push']!;
  cpu.write(R.rsp, end + 4);
  demandFault(cpu.run(PLENTY), 'not-present', 'write', end);
  same(some(cpu, R.rsp), [end + 4, at['push'], 0], 'a push over the end of its page');
  mmu.storeSlow(end - 4, 4, 0x1234);
  mmu.map(end, PAGE, READ_WRITE);
  cpu.pc = CODE;
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'goes on when the page is there');
  same(some(cpu, R.rax, R.rsp).slice(0, 2), [0x1234, end - 4], 'rax, rsp');
}

function storesNothingWhenItFaults(subject: CpuUnderTest): void {
  const { cpu, mmu } = machine(subject, [store(R.rbx, R.rdi, 0)]);
  const end = DATA + program.DATA_BYTES;
  mmu.storeSlow(end - 4, 4, 0x1234);
  cpu.write(R.rdi, end - 4);
  demandFault(cpu.run(PLENTY), 'not-present', 'write', end);
  same(mmu.loadSlow(end - 4, 4), 0x1234, 'what was there');
}

function hasNoOtherAddresses(subject: CpuUnderTest): void {
  const { cpu, at } = machine(subject, [
    addByte(R.rbx, 1),
    load(R.rax, R.rdi, 0),
    'jump',
    jumpTo(R.rdi),
    'call',
    callAt(R.rdi),
    'return',
    push(R.rdi),
    RET,
  ]);
  cpu.write(R.rdi, 2 ** 47);
  const stop = cpu.run(PLENTY);
  demand(stop.kind === 'fault' && stop.fault.kind === 'non-canonical', `stop ${stop.kind}`);
  same(some(cpu, R.rbx), [1, CODE + 4, 1], 'rbx, pc, count at the load');
  for (const [label, steps] of [
    ['jump', 0],
    ['call', 0],
    ['return', 1],
  ] as const) {
    cpu.pc = at[label]!;
    cpu.write(R.rsp, STACK_TOP);
    const before = cpu.instructionCount;
    demand(isTrap(cpu.run(PLENTY), 'general-protection'), `${label} traps`);
    const place = at[label]! + steps;
    const expected = [STACK_TOP - steps * 8, place, before + steps];
    same(some(cpu, R.rsp), expected, `rsp, pc, count at the ${label}`);
  }
  same(cpu.shadowFrames(), [], 'calls');
}

function stopsAtBreakpoints(subject: CpuUnderTest): void {
  const { cpu, at } = machine(subject, WORK);
  cpu.run(200);
  const inner = at['inner']!;
  cpu.setBreakpoint(inner);
  for (let pass = 0; pass < 20; pass++) {
    same([cpu.run(PLENTY).kind, cpu.pc], ['breakpoint', inner], `pass ${pass}`);
  }
  cpu.clearBreakpoint(inner);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  same(cpu.instructionCount, program.WORK_INSTRUCTIONS, 'instructions');
}

function workOf(subject: CpuUnderTest): PassedProgram {
  const { at } = program.assemble(WORK);
  const [outer, called, inner] = [at['outer']!, at['function']!, at['inner']!];
  const inLoop = add(R.rax, R.rcx).length;
  return {
    start: () => machine(subject, WORK).cpu,
    // Its first 15 passes of 60.
    most: 3 + 15 * 48,
    places: [
      [inner, 75],
      [inner + inLoop, 75],
      [CODE, 1],
      [outer, 15],
      [called, 15],
    ],
  };
}

function tellsFaultsOnce(subject: CpuUnderTest): void {
  const end = DATA + program.DATA_BYTES;
  const { cpu, mmu, at } = machine(subject, [
    set(R.rdi, end),
    'store',
    store(R.rax, R.rdi, 0),
    SYSCALL,
  ]);
  tellsOnceWhatFaults(
    cpu,
    at['store']!,
    () => mmu.map(end, PAGE, READ_WRITE),
    (stop) => isTrap(stop, 'supervisor-call'),
  );
}

/** A function whose immediate the loop before it counts up. */
function runsChangedCode(subject: CpuUnderTest): void {
  const loop = (at: number): program.Item[] => [
    set(R.rdi, at),
    set(R.rcx, 50),
    'loop',
    call('function'),
    addByte(R.rdx, 1),
    storeByte(R.rdx, R.rdi, 3),
    decrement(R.rcx),
    ifNotZero('loop'),
    SYSCALL,
    'function',
    addByte(R.rax, 0),
    RET,
  ];
  const { at } = program.assemble(loop(0));
  const { cpu } = machine(subject, loop(at['function']!));
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  same(cpu.read(R.rax), (49 * 50) / 2, 'the sum of 0 to 49');
}

function seesCodeOfTheHost(subject: CpuUnderTest): void {
  const { cpu, bytes } = machine(subject, ['loop', addByte(R.rax, 1), jump('loop')]);
  cpu.run(20);
  same(cpu.read(R.rax), 10, 'rax');
  bytes.poke(CODE, Uint8Array.from(addByte(R.rax, 100)));
  cpu.run(20);
  same(cpu.read(R.rax), 1010, 'rax after the host has changed the code');
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
  const { cpu, at } = machine(
    subject,
    [
      set(R.rdi, DEVICE),
      'loop',
      addByte(R.rax, 1),
      storeDouble(R.rax, R.rdi, 0),
      'behind',
      jump('loop'),
    ],
    device,
  );
  for (let pass = 1; pass <= 5; pass++) {
    same(cpu.run(PLENTY).kind, 'requested', 'stop');
    same(some(cpu, R.rax), [pass * 10, at['behind'], 3 * pass * 10], 'rax, pc, count');
  }
  same(counts.slice(0, 3), [2, 5, 8], 'counts that the device saw');
}

function keepsActiveCalls(subject: CpuUnderTest): void {
  const { cpu, at } = machine(subject, [
    set(R.rcx, 90),
    call('function'),
    'end',
    SYSCALL,
    'function',
    decrement(R.rcx),
    ifNotZero('deeper'),
    'deepest',
    RET,
    'deeper',
    call('function'),
    'back',
    RET,
  ]);
  cpu.setBreakpoint(at['deepest']!);
  same(cpu.run(PLENTY).kind, 'breakpoint', 'stop');
  const frames = cpu.shadowFrames();
  same(frames.length, 90, 'calls');
  const innermost = { returnTo: at['back'], callee: at['function'], stackPointer: STACK_TOP - 720 };
  same(frames[0], innermost, 'innermost call');
  same(frames[89]!.returnTo, at['end'], 'outermost call');
  // As longjmp would: two frames are left without a return.
  cpu.write(R.rsp, STACK_TOP - 88 * 8);
  cpu.run(1);
  same(cpu.shadowFrames().length, 87, 'calls after a return past two frames');
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  same(cpu.shadowFrames(), [], 'calls at the end');
}

function trapsForTheMachine(subject: CpuUnderTest): void {
  const { cpu, at } = machine(subject, [
    addByte(R.rax, 0),
    SYSCALL,
    'behind',
    NOP,
    INT3,
    'interrupted',
    'undefined',
    UD2,
    'halt',
    HLT,
    'divide',
    divide(R.rbx),
  ]);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'SYSCALL traps');
  const kept = [cpu.read(R.rcx), cpu.read(11) & ZF, cpu.pc, cpu.instructionCount];
  same(kept, [at['behind'], ZF, at['behind'], 2], 'rcx, r11, pc, count');
  demand(isTrap(cpu.run(PLENTY), 'breakpoint-instruction', 3), 'INT3 traps');
  same(some(cpu), [at['interrupted'], 4], 'INT3 retires');
  for (const [label, trap] of [
    ['undefined', 'undefined-instruction'],
    ['halt', 'general-protection'],
    ['divide', 'divide-by-zero'],
  ] as const) {
    cpu.pc = at[label]!;
    demand(isTrap(cpu.run(PLENTY), trap), `the stop is ${trap}`);
    same(some(cpu), [at[label], 4], `pc, count at ${trap}`);
  }
}

function asksForTheTime(subject: CpuUnderTest): void {
  const { cpu } = machine(subject, [set(R.rax, -1), RDTSC, SYSCALL]);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  same([cpu.read(R.rax), cpu.read(R.rdx)], [0, 3], 'what was read');
}

function repeatsStrings(subject: CpuUnderTest): void {
  const items: program.Item[] = [
    set(R.rsi, DATA),
    set(R.rdi, DATA + 0x100),
    set(R.rcx, 21),
    REP_MOVSB,
    set(R.rcx, 0),
    REP_MOVSB,
    set(R.rsi, DATA),
    set(R.rdi, DATA + 0x100),
    set(R.rcx, 30),
    REPE_CMPSB,
    set(R.rdi, DATA),
    set(R.rax, 9),
    set(R.rcx, 100),
    REPNE_SCASB,
    set(R.rcx, 5),
    REP_STOSQ,
    SYSCALL,
  ];
  const steps = machine(subject, items);
  const strides = machine(subject, items);
  const numbers = Uint8Array.from({ length: 40 }, (_, index) => index + 1);
  for (const { bytes } of [steps, strides]) bytes.poke(DATA, numbers);
  for (let stride = 1, done = 0; done + stride < 70; stride = (stride % 7) + 1) {
    done += stride;
    strides.cpu.run(stride);
    for (let count = 0; count < stride; count++) steps.cpu.run(1);
    same(stateOf(strides.cpu), stateOf(steps.cpu), `state after ${done} instructions`);
  }
  demand(isTrap(strides.cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  const count = 3 + 21 + 1 + 1 + 3 + 22 + 3 + 9 + 1 + 5 + 1;
  same(strides.cpu.instructionCount, count, 'an element is an instruction');
  same(strides.cpu.read(R.rdi), DATA + 9 + 40, 'rdi');
}

function resumesStrings(subject: CpuUnderTest): void {
  const { cpu, mmu } = machine(subject, [REP_MOVSB, SYSCALL]);
  const end = DATA + program.DATA_BYTES;
  cpu.write(R.rsi, DATA);
  cpu.write(R.rdi, end - 3);
  cpu.write(R.rcx, 10);
  mmu.storeSlow(DATA, 4, 0x04030201);
  demandFault(cpu.run(PLENTY), 'not-present', 'write', end);
  same(some(cpu, R.rcx, R.rsi, R.rdi), [7, DATA + 3, end, CODE, 3], 'in the middle');
  mmu.map(end, PAGE, READ_WRITE);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'goes on when the page is there');
  same([cpu.read(R.rsi), cpu.read(R.rdi), cpu.instructionCount], [DATA + 10, end + 7, 11], 'end');
  same(mmu.loadSlow(end, 1), 4, 'what it stored');
}

/** Engines may do locked accesses another way than plain ones. */
function sharesMemoryWithAtomics(subject: CpuUnderTest): void {
  const { cpu, mmu } = machine(subject, [
    set(R.rdi, DATA),
    set(R.rcx, 20),
    'loop',
    set(R.rax, 3),
    lockAdd(R.rax, R.rdi, 0),
    load(R.rbx, R.rdi, 0),
    store(R.rbx, R.rdi, 8),
    decrement(R.rcx),
    ifNotZero('loop'),
    SYSCALL,
  ]);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  same([cpu.read(R.rax), cpu.instructionCount], [57, 2 + 6 * 20 + 1], 'rax and count');
  same([mmu.loadSlow(DATA, 4), mmu.loadSlow(DATA + 8, 4)], [60, 60], 'what was stored');
}

const FILL: readonly program.Item[] = [
  'again',
  set(R.rdi, DATA),
  store(R.rax, R.rdi, 0),
  load(R.rbx, R.rdi, 8),
  SYSCALL,
  jump('again'),
];

/** Pages change under mappings that do not. */
function followsPages(subject: CpuUnderTest): void {
  const { cpu, mmu } = machine(subject, FILL);
  const stored = (value: number): number => {
    cpu.write(R.rax, value);
    demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
    return cpu.read(R.rbx);
  };
  mmu.storeSlow(DATA + 8, 4, 77);
  same(stored(1), 77, 'what it loads');
  const child = mmu.fork();
  same(stored(2), 77, 'what it loads after a copy of its space was made');
  same([mmu.loadSlow(DATA, 4), child.loadSlow(DATA, 4)], [2, 1], 'what either space has');
  child.storeSlow(DATA + 8, 4, 78);
  same(stored(3), 77, 'what it loads after the copy was stored to');
  mmu.discard(DATA, PAGE);
  same(stored(4), 0, 'what it loads of a dropped page');
  same(mmu.loadSlow(DATA, 4), 4, 'what it stored there');
  child.dispose();
}

/** Two processes: one memory for frames and engines, an address space and an engine each. */
function takesTurns(subject: CpuUnderTest): void {
  const first = machine(subject, WORK);
  const space = first.mmu.fork();
  const isa = x86Isa({ cpuid: () => [0, 0, 0, 0] });
  const second = subject.make({ isa, memory: space, system: systemOf([]) });
  const engines = [first.cpu, second];
  const images: Int32Array[] = [];
  const turn = (which: number): ReturnType<Cpu['run']> => {
    const cpu = engines[which]!;
    const image = images[which];
    if (which === 0) first.mmu.activate();
    else space.activate();
    cpu.takeOver();
    if (image === undefined) start(cpu);
    else for (const [at, value] of image.entries()) cpu.writeWord(at >> 2, at & 3, value);
    const stop = cpu.run(131);
    images[which] = Int32Array.from({ length: cpu.registerNames.length * 4 }, (_, at) =>
      cpu.readWord(at >> 2, at & 3),
    );
    return stop;
  };
  let stops = [turn(0), turn(1)];
  while (stops[0]!.kind === 'budget') stops = [turn(0), turn(1)];
  for (const [which, stop] of stops.entries()) {
    demand(isTrap(stop, 'supervisor-call'), `the end of ${which} is a SYSCALL`);
    same(engines[which]!.instructionCount, program.WORK_INSTRUCTIONS, `instructions of ${which}`);
    same(images[which]![R.rax * 4], program.WORK_SUM, `the sum of ${which}`);
  }
  space.dispose();
}

function jumpsWhereItSays(subject: CpuUnderTest): void {
  const items: program.Item[] = [
    set(R.rcx, 200),
    'loop',
    add(R.rax, R.rcx),
    decrement(R.rcx),
    ifNotZero('on'),
    SYSCALL,
    'on',
    jumpTo(R.rdx),
  ];
  const { cpu, at } = machine(subject, items);
  cpu.write(R.rdx, at['loop']!);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  same(cpu.read(R.rax), (200 * 201) / 2, 'the sum');
}

/** An engine's own idea of a stack pointer that the program has moved far away. */
function movesStacks(subject: CpuUnderTest): void {
  const { cpu } = machine(subject, [
    move(R.rbx, R.rsp),
    set(R.rsp, DATA + PAGE),
    call('function'),
    move(R.rsp, R.rbx),
    SYSCALL,
    'function',
    addByte(R.rax, 5),
    RET,
  ]);
  demand(isTrap(cpu.run(PLENTY), 'supervisor-call'), 'the end is a SYSCALL');
  same([cpu.read(R.rax), cpu.read(R.rsp)], [5, STACK_TOP], 'rax, rsp');
  same(cpu.shadowFrames(), [], 'calls at the end');
}

const ROWS: readonly (readonly [id: string, title: string, verify: CpuRule['verify']])[] = [
  ['budget', 'every budget stops at its instruction', stopsAtEveryBudget],
  ['fault', 'a fault leaves the state before its instruction', leavesStateBeforeAFault],
  ['protection', 'a forbidden store faults, and is resumed', faultsWhereForbidden],
  ['fetch', 'a call to where nothing is faults there', faultsOnFetch],
  ['fetch-crossing', 'an instruction lies over the end of its page', fetchesOverPages],
  ['crossing', 'an access over the end of its page faults as a whole', accessesOverPages],
  ['crossing-store', 'a store that faults has stored nothing', storesNothingWhenItFaults],
  ['non-canonical', 'what is no address is neither read nor jumped to', hasNoOtherAddresses],
  ['breakpoint', 'a breakpoint in a loop stops at each pass', stopsAtBreakpoints],
  ...breakpointRows(workOf),
  ['breakpoint-fault', 'an instruction that faults is told once', tellsFaultsOnce],
  ['changed-code', 'changed code runs', runsChangedCode],
  ['host-code', 'code that the host changed runs', seesCodeOfTheHost],
  ['device', 'a device sees exact counts and gets its stop', stopsForADevice],
  ['calls', 'the active calls are known, past longjmp', keepsActiveCalls],
  ['stacks', 'a program moves its stack', movesStacks],
  ['traps', 'SYSCALL, INT3, UD2, HLT and a division by zero trap', trapsForTheMachine],
  ['system', 'the time stamp is the machine’s', asksForTheTime],
  ['strings', 'an element of a repeated string instruction is an instruction', repeatsStrings],
  [
    'string-fault',
    'a repeated string instruction faults and goes on in the middle',
    resumesStrings,
  ],
  ['atomics', 'locked and plain accesses see each other', sharesMemoryWithAtomics],
  ['pages', 'pages that are copied or dropped are followed', followsPages],
  ['turns', 'two spaces on one memory take turns', takesTurns],
  ['jump', 'a computed jump goes where it says', jumpsWhereItSays],
];

export const X86_RULES: readonly CpuRule[] = ROWS.map(([id, title, verify]) => ({
  id,
  title,
  isa: 'x86-64',
  verify,
}));
