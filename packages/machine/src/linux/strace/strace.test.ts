/** Lines of several threads, against what strace 6.1 writes of such a program. */
import { describe, expect, test } from 'vitest';
import { ArenaMemory } from '../../../test/strace-record.ts';
import { SYSTEM_CALL_TABLE } from '../calls/system-call-table.ts';
import type { ProcessEnd } from '../process/process.ts';
import { childInfo, faultInfo, kernelInfo, sentInfo, timerInfo } from '../signal/signal-info.ts';
import { REGISTERS_SET, type SystemCall } from '../system-call.ts';
import { CALL_CLASSES } from './call-classes.ts';
import { CallCounter } from './call-counter.ts';
import { CALL_NAMES, callName } from './call-names.ts';
import { signalInfoText } from './signal-text.ts';
import { Strace, type TracedThread } from './strace.ts';
import { parseTraceFilter } from './trace-filter.ts';

const ARENA = 0x1000;
const CALLS: Readonly<Record<string, Pick<SystemCall, 'arguments' | 'result'>>> = {
  read: { arguments: ['descriptor', 'bytes-out', 'size'], result: 'int' },
  write: { arguments: ['descriptor', 'bytes-in', 'size'], result: 'int' },
  wait4: { arguments: ['int', 'wait-status-out', 'wait-options', 'rusage-out'], result: 'int' },
  exit_group: { arguments: ['int'], result: 'none' },
  pause: { arguments: [], result: 'int' },
  brk: { arguments: ['address'], result: 'address' },
  rt_sigreturn: { arguments: [], result: 'int' },
};
const isName = (word: string): boolean => Object.hasOwn(CALLS, word);
const rowOf = (name: string): SystemCall => ({
  ...CALLS[name]!,
  name,
  number: Object.keys(CALLS).indexOf(name),
  call: () => 0,
});

interface FakeThread extends TracedThread {
  state: string;
  process: TracedThread['process'] & { end: ProcessEnd | null };
}

class Scene {
  readonly memory = new ArenaMemory(ARENA, new Uint8Array(4096));
  readonly threads = new Set<TracedThread>();
  readonly strace: Strace;
  text = '';

  constructor(filter = 'all', moment?: () => { stack: []; instruction: number }) {
    const parsed = parseTraceFilter(filter, isName);
    if (parsed.kind !== 'filter') throw new Error(parsed.word);
    const write = (text: string): void => {
      this.text += text;
    };
    this.strace = new Strace({
      filter: parsed.filter,
      write,
      ...(moment === undefined ? {} : { moment }),
    });
  }

  thread(id: number, registers: Readonly<Record<string, number>> = {}): FakeThread {
    const names = ['rax', 'rsp'];
    const cpu = {
      registerNumber: (name: string) => names.indexOf(name),
      readLow: (register: number) => (registers[names[register]!] ?? 0) | 0,
      readHigh: (register: number) => ((registers[names[register]!] ?? 0) < 0 ? -1 : 0),
    };
    const process = { id, end: null, executable: '/bin/a', cpu, kernel: { threads: this.threads } };
    const made: FakeThread = { id, state: 'ready', memory: this.memory, process };
    this.threads.add(made);
    return made;
  }

  enter(thread: TracedThread, name: string, ...words: number[]): void {
    this.strace.enter(thread, rowOf(name), words);
  }

  leave(thread: TracedThread, name: string, result: number, ...words: number[]): void {
    this.strace.leave(thread, rowOf(name), words, result);
  }

  end(thread: FakeThread, end: ProcessEnd): void {
    thread.process.end = end;
    thread.state = 'ended';
    this.threads.delete(thread);
  }
}

test('a line is whole unless somebody else comes between; two at a time have their ids', () => {
  const scene = new Scene();
  scene.memory.bytes[0] = 0x78;
  const parent = scene.thread(28785);
  scene.enter(parent, 'brk', 0);
  scene.leave(parent, 'brk', 0x21407000, 0);
  const child = scene.thread(28786);
  scene.enter(parent, 'read', 3, ARENA, 1);
  scene.enter(child, 'write', 4, ARENA, 1);
  scene.leave(parent, 'read', 1, 3, ARENA, 1);
  scene.leave(child, 'write', 1, 4, ARENA, 1);
  scene.enter(parent, 'wait4', -1, 0, 0, 0);
  scene.enter(child, 'exit_group', 3);
  scene.end(child, { kind: 'exit', code: 3 });
  scene.leave(child, 'exit_group', REGISTERS_SET, 3);
  scene.leave(parent, 'wait4', 28786, -1, 0, 0, 0);
  const details = { process: 28786, user: 0, code: 1, status: 3, userTicks: 0, systemTicks: 0 };
  scene.strace.signal(parent, childInfo(details));
  expect(scene.text).toBe(`\
brk(NULL)                               = 0x21407000
[pid 28785] read(3,  <unfinished ...>
[pid 28786] write(4, "x", 1 <unfinished ...>
[pid 28785] <... read resumed>"x", 1)   = 1
[pid 28786] <... write resumed>)        = 1
[pid 28785] wait4(-1,  <unfinished ...>
[pid 28786] exit_group(3)               = ?
[pid 28786] +++ exited with 3 +++
<... wait4 resumed>NULL, 0, NULL)       = 28786
--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=28786, si_uid=0, si_status=3, si_utime=0, si_stime=0} ---
`);
});

describe('signals', () => {
  test('interrupt a call that waits, and kill', () => {
    const scene = new Scene();
    const thread = scene.thread(7);
    scene.enter(thread, 'pause');
    scene.strace.signal(thread, kernelInfo(14));
    scene.end(thread, { kind: 'signal', signal: 14 });
    scene.strace.finish();
    expect(scene.text).toBe(`\
pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)
--- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---
+++ killed by SIGALRM +++
`);
  });

  test('a call that goes on after one is told anew', () => {
    const scene = new Scene();
    const thread = scene.thread(7);
    scene.enter(thread, 'read', 0, ARENA, 1);
    scene.strace.signal(thread, sentInfo(10, -6, 7, 0));
    scene.leave(thread, 'read', 0, 0, ARENA, 1);
    expect(scene.text).toBe(`\
read(0, 0x1000, 1)                      = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=7, si_uid=0} ---
read(0, "", 1)                          = 0
`);
  });

  test('a fault tells its address, and sigreturn the mask that it restores', () => {
    const scene = new Scene();
    const stack = ARENA + 16;
    scene.memory.bytes[16 + 297] = 2;
    const thread = scene.thread(7, { rsp: stack, rax: -4 });
    scene.strace.signal(thread, faultInfo(11, 1, 0));
    scene.enter(thread, 'rt_sigreturn');
    scene.leave(thread, 'rt_sigreturn', REGISTERS_SET);
    expect(scene.text).toBe(`\
--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---
rt_sigreturn({mask=[USR1]})             = -1 EINTR (Interrupted system call)
`);
  });

  test('a kill leaves the call without an end', () => {
    const scene = new Scene();
    const thread = scene.thread(7);
    scene.enter(thread, 'pause');
    scene.strace.signal(thread, kernelInfo(9));
    scene.end(thread, { kind: 'signal', signal: 9 });
    scene.strace.finish();
    expect(scene.text).toBe(`\
pause( <unfinished ...>)                = ?
+++ killed by SIGKILL +++
`);
  });

  test('a timer’s tells what its maker gave', () => {
    const value = Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0);
    const info = timerInfo(34, 2, value, () => undefined);
    expect(signalInfoText(info.bytes)).toBe(
      '{si_signo=SIGRT_2, si_code=SI_TIMER, si_timerid=0x2, si_overrun=0, si_int=5, si_ptr=0x5}',
    );
  });
});

test('the start of the program is the execve that made it', () => {
  const scene = new Scene();
  const view = new DataView(scene.memory.bytes.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(8, ARENA + 256, true);
  view.setUint32(24, ARENA + 256, true);
  scene.memory.bytes.set(new TextEncoder().encode('./a'), 256);
  scene.strace.start(scene.thread(7, { rsp: ARENA }));
  expect(scene.text).toBe('execve("/bin/a", ["./a"], 0x1018 /* 1 var */) = 0\n');
});

describe('filters', () => {
  const traced = (filter: string): string[] => {
    const parsed = parseTraceFilter(filter, isName);
    if (parsed.kind !== 'filter') throw new Error(parsed.word);
    return Object.keys(CALLS).filter(parsed.filter.traces);
  };

  test.each([
    ['all', Object.keys(CALLS)],
    ['none', []],
    ['memory', ['brk']],
    ['%desc,brk', ['read', 'write', 'brk']],
    ['!brk,pause', ['pause']],
    ['!brk', Object.keys(CALLS).filter((name) => name !== 'brk')],
    ['desc,!read', ['write']],
    ['!%desc', ['wait4', 'exit_group', 'pause', 'brk', 'rt_sigreturn']],
    ['stack', Object.keys(CALLS)],
  ])('%s', (filter, names) => {
    expect(traced(filter)).toEqual(names);
  });

  test('a word that is neither class nor call is named', () => {
    expect(parseTraceFilter('brk,brkk', isName)).toEqual({ kind: 'unknown', word: 'brkk' });
    expect(parseTraceFilter('%brk', isName)).toEqual({ kind: 'unknown', word: '%brk' });
  });

  test('memory calls with their stacks, nothing else', () => {
    const scene = new Scene('memory,stack', () => ({ stack: [], instruction: 9 }));
    const thread = scene.thread(7);
    scene.enter(thread, 'pause');
    scene.leave(thread, 'pause', -4);
    scene.enter(thread, 'brk', 0);
    scene.leave(thread, 'brk', 4096, 0);
    expect(scene.text).toBe('brk(NULL)                               = 0x1000\n [libc start-up]\n');
  });
});

test('counts have the errors and the time between call and return', () => {
  let now = 100;
  const counter = new CallCounter({ traces: (name) => name !== 'brk' }, () => now);
  const thread = {};
  counter.start();
  for (const [name, result, took] of [
    ['read', 1, 50],
    ['read', -4, 7],
    ['brk', 5, 1],
    ['rt_sigreturn', REGISTERS_SET, 0],
  ] as const) {
    counter.enter(thread, rowOf(name));
    now += took;
    counter.leave(thread, rowOf(name), [], result);
  }
  expect(counter.counts).toEqual([
    { name: 'execve', number: 59, calls: 1, errors: 0, nanoseconds: 0 },
    { name: 'read', number: 0, calls: 2, errors: 1, nanoseconds: 57 },
    { name: 'rt_sigreturn', number: 6, calls: 1, errors: 0, nanoseconds: 0 },
  ]);
});

test('every call of the table has the name that Linux has for its number', () => {
  const wrong = [...SYSTEM_CALL_TABLE.values()].filter(
    ({ name, number }) => callName(number) !== name,
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
  expect(callName(334)).toBe('rseq');
  expect(callName(501)).toBe('syscall_0x1f5');
  const unknown = Object.values(CALL_CLASSES).flatMap((names) =>
    names.filter((name) => ![...CALL_NAMES.values()].includes(name)),
  );
  expect(unknown).toEqual([]);
});
