/** Heap calls of x86-64 code: arguments in registers, the return address on the stack. */
import { JitCpu, x86Isa } from '@bareheap/cpu';
import { type ImageSymbol, SymbolTable } from '@bareheap/image';
import type { HeapCall } from '@bareheap/inspect';
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import { systemVConvention } from './call-convention.ts';
import { HeapLedger } from './heap-ledger.ts';
import { HeapWatch } from './heap-watch.ts';

/** Above 2^32, so that no half of an address may be lost. */
const CODE = 0x7fff_0000_0000;
const LIBRARY = 0x7ff0_0000_0000;
const STACK_END = 0x7fff_8000_0000;
const BLOCK = 0x5555_5555_92a0;
const AREA = 0x4000;

const word = (value: number): string =>
  Buffer.from(new BigInt64Array([BigInt(value)]).buffer).toString('hex');

/** The library: linked for 0, its functions at these distances. */
const FUNCTIONS = {
  malloc: 0x100,
  realloc: 0x120,
  free: 0x140,
  posix_memalign: 0x160,
  exit: 0x180,
};
const BODIES: Readonly<Record<string, string>> = {
  // mov rax, BLOCK; ret
  malloc: `48b8${word(BLOCK)}c3`,
  // lea rax, [rdi + 0x40]; ret
  realloc: '488d4740c3',
  free: 'c3',
  // mov rax, BLOCK; mov [rdi], rax; xor eax, eax; ret
  posix_memalign: `48b8${word(BLOCK)}48890731c0c3`,
  exit: 'f4',
};
/** mov rdi, A; mov rsi, B; mov rdx, C; mov rax, F; call rax. */
const call = (name: keyof typeof FUNCTIONS, a = 0, b = 0, c = 0): string =>
  `48bf${word(a)}48be${word(b)}48ba${word(c)}48b8${word(LIBRARY + FUNCTIONS[name])}ffd0`;
const CALL_BYTES = 42;

const symbolsOf = (functions: Readonly<Record<string, number>>): SymbolTable =>
  new SymbolTable(
    Object.entries(functions).map(
      ([name, address]): ImageSymbol => ({
        name,
        address,
        size: 16,
        kind: 'function',
        global: true,
        weak: false,
        thumb: false,
        limit: null,
      }),
    ),
  );

function scene(program: string) {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 24 });
  const memory = new Supervisor(mmu);
  const all = PROT_READ | PROT_WRITE | PROT_EXECUTE;
  for (const start of [CODE, LIBRARY, STACK_END - AREA]) mmu.map(start, AREA, all);
  const poke = (at: number, text: string): void => {
    memory.poke(at, Uint8Array.from(Buffer.from(text, 'hex')));
  };
  poke(CODE, `${program}f4`);
  for (const [name, at] of Object.entries(FUNCTIONS)) poke(LIBRARY + at, BODIES[name]!);
  const system = { readSystem: () => 0, writeSystem: () => undefined, refused: false };
  const cpu = new JitCpu({ isa: x86Isa({}), memory: mmu, system, compileAfter: 0 });
  const sp = STACK_END - 64;
  cpu.writeHalves(cpu.registerNumber('rsp'), sp | 0, Math.floor(sp / 2 ** 32));
  cpu.pc = CODE;
  const calls: HeapCall[] = [];
  const watch = new HeapWatch({
    cpu,
    mmu,
    convention: systemVConvention(cpu, mmu),
    callers: () => ({ stack: [], instruction: cpu.instructionCount }),
    instructions: () => cpu.instructionCount,
    onCall: (made) => calls.push(made),
    onFinding: ({ message }) => expect.unreachable(message),
    heap: null,
    setErrno: () => undefined,
    breaks: null,
    ledger: new HeapLedger(),
    context: () => 0,
  });
  const run = (): void => {
    while (cpu.run(1000).kind === 'breakpoint') watch.stopped();
  };
  return { watch, calls, run, cpu };
}

describe('x86-64', () => {
  test('sizes and addresses are whole, and a move tells what it copied', () => {
    const large = 2 ** 33;
    const { watch, calls, run } = scene(
      call('malloc', large) + call('realloc', BLOCK, 50) + call('free', BLOCK + 0x40),
    );
    watch.addModule(symbolsOf(FUNCTIONS), LIBRARY);
    run();
    expect(calls).toMatchObject([
      { function: 'malloc', args: [{ value: large }], result: BLOCK, cost: 2, allocation: 1 },
      {
        function: 'realloc',
        args: [{ value: BLOCK }, { value: 50 }],
        result: BLOCK + 0x40,
        moved: { inPlace: false, copiedBytes: 50 },
      },
      { function: 'free', args: [{ value: BLOCK + 0x40 }], result: null, allocation: 2 },
    ]);
    expect(watch.ledger).toMatchObject({ allocations: 1, frees: 1, bytesPeak: large });
  });

  test('posix_memalign stores eight bytes', () => {
    const out = STACK_END - 32;
    const { watch, run } = scene(call('posix_memalign', out, 64, 24));
    watch.addModule(symbolsOf(FUNCTIONS), LIBRARY);
    run();
    expect([...watch.ledger.live.keys()]).toEqual([BLOCK]);
  });

  test('a file that is not there any more is not watched', () => {
    const { watch, calls, run, cpu } = scene(call('malloc', 1) + call('malloc', 2));
    watch.addModule(symbolsOf(FUNCTIONS), LIBRARY);
    cpu.setBreakpoint(CODE + CALL_BYTES);
    expect(cpu.run(1000).kind).toBe('breakpoint');
    watch.stopped();
    for (let stop = cpu.pc; stop !== CODE + CALL_BYTES; stop = cpu.pc) {
      expect(cpu.run(1000).kind).toBe('breakpoint');
      watch.stopped();
    }
    watch.removeModule(LIBRARY);
    run();
    expect(calls.map(({ args }) => args[0]?.value)).toEqual([1]);
  });

  test('phases pass from the loader to the exit', () => {
    const parts = [call('malloc', 1), call('malloc', 2), call('malloc', 3), call('exit')];
    const { watch, run } = scene(parts.join(''));
    watch.addModule(symbolsOf(FUNCTIONS), LIBRARY);
    watch.setMarks({ entry: CODE + CALL_BYTES, main: CODE + 2 * CALL_BYTES });
    watch.addExit(LIBRARY + FUNCTIONS.exit);
    expect(watch.currentPhase).toBe('loader');
    run();
    expect(watch.currentPhase).toBe('atExit');
    const counts = Object.entries(watch.phases).map(([name, { bytes }]) => [name, bytes]);
    expect(Object.fromEntries(counts)).toEqual({ loader: 1, beforeMain: 2, main: 3, atExit: 0 });
  });
});
