/**
 * A trace of system calls, signals and ends, line by line as `strace -f` writes it. A line is held
 * back until its call is over, or until somebody else has something to say: then it is cut with
 * `<unfinished ...>` and goes on later.
 */
import type { Moment } from '@bareheap/inspect';
import { wordFromHalves } from '@bareheap/platform-posix';
import type { TraceFilter } from '../../trace-filter.ts';
import type { ProcessEnd } from '../process/process.ts';
import type { SignalInfo } from '../signal/signal-info.ts';
import { REGISTERS_SET, type SystemCall, type Words } from '../system-call.ts';
import { CALL_CLASSES } from './call-classes.ts';
import { CallText } from './call-text.ts';
import type { TraceMemory } from './call-view.ts';
import { errorNumberOfRestart } from './error-names.ts';
import { environmentIn, stringsIn } from './process-text.ts';
import { quotedBytes } from './quoted-text.ts';
import { signalInfoText, signalName } from './signal-text.ts';
import { stackText } from './stack-text.ts';

/** What is asked of a thread. */
export interface TracedThread {
  readonly id: number;
  readonly state: string;
  readonly memory: TraceMemory;
  readonly process: TracedProcess;
}

export interface TracedProcess {
  readonly id: number;
  readonly end: ProcessEnd | null;
  readonly executable: string;
  readonly cpu: {
    registerNumber(name: string): number;
    readLow(register: number): number;
    readHigh(register: number): number;
  };
  /** Every thread that has not ended. */
  readonly kernel: { readonly threads: ReadonlySet<TracedThread> };
}

export interface StraceOptions {
  readonly filter: TraceFilter;
  /** Takes text that ends with a line's end. */
  readonly write: (text: string) => void;
  /** Where a thread is, for memory calls with their stack. */
  readonly moment?: (thread: TracedThread) => Moment;
}

interface OpenCall {
  readonly text: CallText;
  readonly row: SystemCall;
  /** The line so far, while nobody has come between; then null. */
  line: string | null;
}

const PID_COLUMNS = 5;
/** From the stack pointer at rt_sigreturn to uc_sigmask. @see struct ucontext, x86-64 */
const MASK_OFFSET = 296;
const RESULT_COLUMN = 40;

export class Strace {
  private readonly options: StraceOptions;
  private readonly memoryCalls: ReadonlySet<string> = new Set(CALL_CLASSES['memory']);
  private readonly open = new Map<TracedThread, OpenCall>();
  /** Who has been told of and whose end has not. */
  private readonly known = new Set<TracedThread>();
  /** The thread whose line is held back. */
  private held: TracedThread | null = null;

  constructor(options: StraceOptions) {
    this.options = options;
  }

  /** The program's own start, shown as the execve that it would be; its registers are set. */
  start(thread: TracedThread): void {
    this.known.add(thread);
    if (!this.options.filter.traces('execve')) return;
    const { memory, process } = thread;
    const WORD = 8;
    const view = { name: 'execve', words: [], memory, result: null, kept: null };
    const stack = registerOf(thread, 'rsp');
    const count = memory.read(stack, WORD)?.[0] ?? 0;
    const path = quotedBytes(Uint8Array.from(process.executable, (char) => char.charCodeAt(0)));
    const list = stringsIn(stack + WORD, view, 1);
    const environment = environmentIn(stack + WORD * (count + 2), view, 2);
    const line = `execve(${path}, ${list}, ${environment}) `;
    this.say(`${line.padEnd(RESULT_COLUMN)}= 0`);
  }

  /** A call begins. */
  enter(thread: TracedThread, row: SystemCall, words: Words): void {
    this.known.add(thread);
    this.tellEnds();
    if (!this.options.filter.traces(row.name)) return;
    const text = new CallText(row, wordsOf(thread, row, words), thread.memory);
    this.cut();
    this.open.set(thread, { text, row, line: this.prefix(thread) + text.entry });
    this.held = thread;
  }

  /** A call is over. */
  leave(thread: TracedThread, row: SystemCall, words: Words, result: number): void {
    if (this.options.filter.traces(row.name)) {
      this.tellEnds(thread);
      // A call that a signal interrupted, and that goes on all the same, is told anew.
      if (!this.open.has(thread)) this.enter(thread, row, words);
      this.close(thread, shownResult(thread, row, result));
      if (this.memoryCalls.has(row.name)) this.tellStack(thread);
    }
    this.tellEnds();
  }

  /** A call that waited ends for a signal. */
  interrupted(thread: TracedThread, row: SystemCall): void {
    if (this.open.has(thread)) this.close(thread, -errorNumberOfRestart(row.name));
  }

  /** A thread takes a signal. */
  signal(thread: TracedThread, info: SignalInfo): void {
    const SIGKILL = 9;
    this.known.add(thread);
    this.tellEnds();
    const waiting = this.open.get(thread);
    if (info.signal === SIGKILL) return;
    if (waiting !== undefined) this.interrupted(thread, waiting.row);
    if (!this.options.filter.tellsSignals) return;
    const name = signalName(info.signal);
    this.say(`${this.prefix(thread)}--- ${name} ${signalInfoText(info.bytes)} ---`);
  }

  /** The run is over: nothing is held back any more. */
  finish(): void {
    this.tellEnds();
    this.cut();
  }

  private close(thread: TracedThread, result: number): void {
    const { text, row, line } = this.open.get(thread)!;
    this.open.delete(thread);
    if (line !== null) {
      this.held = null;
      this.write(line + text.exit(result, line.length));
      return;
    }
    const resumed = `${this.prefix(thread)}<... ${row.name} resumed>`;
    this.say(resumed + text.exit(result, resumed.length));
  }

  /** Says of every thread that has ended how, but for one whose last call is not told yet. */
  private tellEnds(except: TracedThread | null = null): void {
    const [anyone] = this.known;
    for (const other of anyone?.process.kernel.threads ?? []) this.known.add(other);
    const ended = [...this.known].filter((thread) => thread.state === 'ended' && thread !== except);
    // The first thread of a process is the last to be seen off.
    ended.sort((a, b) => Number(a.id === a.process.id) - Number(b.id === b.process.id));
    for (const thread of ended) this.tellEnd(thread);
  }

  private tellEnd(thread: TracedThread): void {
    const waiting = this.open.get(thread);
    if (waiting !== undefined) this.abandon(thread, waiting);
    const prefix = this.prefix(thread);
    this.known.delete(thread);
    this.open.delete(thread);
    if (this.options.filter.tellsSignals) this.say(`${prefix}+++ ${endText(thread)} +++`);
  }

  /** The call that a thread was in when it ended. */
  private abandon(thread: TracedThread, call: OpenCall): void {
    const isHeld = call.line !== null;
    const begin = isHeld
      ? `${call.line} <unfinished ...>) `
      : `${this.prefix(thread)}<... ${call.row.name} resumed>) `;
    if (isHeld) this.held = null;
    this.say(`${begin.padEnd(RESULT_COLUMN)}= ?`);
  }

  private tellStack(thread: TracedThread): void {
    const { filter, moment } = this.options;
    if (!filter.hasStacks || moment === undefined) return;
    for (const line of stackText(moment(thread))) this.write(line);
  }

  /** Who speaks, when there is more than one. */
  private prefix(thread: TracedThread): string {
    const { threads } = thread.process.kernel;
    let count = threads.size;
    for (const known of this.known) if (!threads.has(known)) count++;
    return count > 1 ? `[pid ${String(thread.id).padStart(PID_COLUMNS)}] ` : '';
  }

  private say(line: string): void {
    this.cut();
    this.write(line);
  }

  private cut(): void {
    const call = this.held === null ? undefined : this.open.get(this.held);
    this.held = null;
    if (call === undefined || call.line === null) return;
    this.write(`${call.line} <unfinished ...>`);
    call.line = null;
  }

  private write(line: string): void {
    this.options.write(`${line}\n`);
  }
}

function registerOf({ process: { cpu } }: TracedThread, name: string): number {
  const register = cpu.registerNumber(name);
  return wordFromHalves(cpu.readHigh(register), cpu.readLow(register));
}

/** rt_sigreturn has no arguments: what it reads is on the stack. */
function wordsOf(thread: TracedThread, row: SystemCall, words: Words): Words {
  if (row.name !== 'rt_sigreturn') return Float64Array.from(words);
  return [registerOf(thread, 'rsp') + MASK_OFFSET];
}

function shownResult(thread: TracedThread, row: SystemCall, result: number): number {
  if (result !== REGISTERS_SET) return result;
  return row.name === 'rt_sigreturn' ? registerOf(thread, 'rax') : 0;
}

function endText({ process }: TracedThread): string {
  const { end } = process;
  if (end?.kind === 'signal') return `killed by ${signalName(end.signal)}`;
  return `exited with ${end?.code ?? 0}`;
}
