/** What is traced of a Windows program: its calls of system functions, a line each, or their counts. */
import { type CallCount, frameText, hexText, type Moment } from '@bareheap/inspect';
import { CallTally } from '../../call-tally.ts';
import type { TraceOptions } from '../../trace-filter.ts';
import type { Call } from '../call.ts';
import { callText } from '../call-text.ts';
import type { CallWatch } from '../call-watch.ts';
import { FUNCTION_TABLE } from '../function-table.ts';
import type { HeapUse } from '../process/process-heaps.ts';
import { RSP } from '../process/registers.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import type { SystemFunction } from '../system-function.ts';
import { WINDOWS_CALL_CLASSES } from './call-classes.ts';

/** Callers that are shown. */
const SHOWN_FRAMES = 16;
const PLAIN = new Set(['i32', 'i64', 'bool', 'u32', 'f64', 'f32']);
/** What a size is when there is none. */
const ALL_ONES = 2n ** 64n - 1n;
const MEMORY: ReadonlySet<string> = new Set(WINDOWS_CALL_CLASSES['memory']);

type Told = ReturnType<CallWatch['enter']>;

export class WindowsTrace implements CallWatch {
  private readonly options: TraceOptions;
  private readonly process: WindowsProcess;
  private readonly moment: () => Moment;
  private readonly tally = new CallTally();
  /** The call that was entered last, and lines that go under its own. */
  private open: { readonly stackPointer: number; readonly inner: string[] } | null = null;
  private readonly numbers = new Map([...FUNCTION_TABLE.keys()].map((key, at) => [key, at]));

  /** @param moment  the calls that led to the function that begins */
  constructor(options: TraceOptions, process: WindowsProcess, moment: () => Moment) {
    this.options = options;
    this.process = process;
    this.moment = moment;
    const { write } = options;
    if (write !== null) process.heaps.onUse = (...use) => this.used(write, ...use);
  }

  /** Calls by name; null when they were not counted. */
  get counts(): readonly CallCount[] | null {
    if (this.options.write !== null) return null;
    return this.tally.counts;
  }

  wants(row: SystemFunction): boolean {
    return this.options.filter.traces(row.name);
  }

  enter(call: Call, row: SystemFunction): Told {
    const { write } = this.options;
    return write === null ? this.count(row) : this.line(call, row, write);
  }

  private line(call: Call, row: SystemFunction, write: (text: string) => void): Told {
    const before = callText(call, row);
    const stack =
      this.options.filter.hasStacks && MEMORY.has(row.name) ? stackText(this.moment()) : '';
    const inner: string[] = [];
    this.open = { stackPointer: call.stackPointer, inner };
    return (result) => write(`${before}${resultText(row, result)}\n${inner.join('')}${stack}`);
  }

  /** A function asks the heap: the line goes under that function's own, if that is told. */
  private used(write: (text: string) => void, ...[name, words, result]: Parameters<HeapUse>): void {
    const { process, open } = this;
    if (!this.options.filter.traces(name)) return;
    const shown = words.map((word) => (word < 65_536 ? String(word) : hexadecimal(word)));
    const value = name === 'HeapFree' ? String(result) : hexadecimal(result);
    const text = ` | ${name}(${[hexadecimal(process.heaps.handle), ...shown].join(', ')}) = ${value}\n`;
    const isInside = open?.stackPointer === process.registers.get(RSP);
    if (isInside) open!.inner.push(text);
    else write(text);
  }

  private count(row: SystemFunction): Told {
    const { name, key } = row;
    const count = this.tally.of(name, this.numbers.get(key) ?? 0, key);
    count.calls++;
    const { process } = this;
    const [begun, before] = [process.now, process.failures];
    return (result) => {
      count.nanoseconds += process.now - begun;
      if (process.failures > before || isFailedStatus(row, result)) count.errors++;
    };
  }
}

/** NT_ERROR: the two highest bits. */
function isFailedStatus({ result: type }: SystemFunction, result: number | bigint | null): boolean {
  return (
    type === 'status' &&
    result !== null &&
    Number(BigInt.asUintN(32, BigInt(result))) >= 0xc000_0000
  );
}

function resultText(row: SystemFunction, result: number | bigint | null): string {
  if (result === null) return ' = ?';
  if (row.result === 'void') return '';
  if (PLAIN.has(row.result)) return ` = ${result}`;
  const word = BigInt.asUintN(64, BigInt(result));
  return row.result === 'u64' && word !== ALL_ONES ? ` = ${word}` : ` = 0x${word.toString(16)}`;
}

function hexadecimal(word: number): string {
  return `0x${word.toString(16)}`;
}

function stackText({ stack }: Moment): string {
  const more = stack.length - SHOWN_FRAMES;
  const lines = stack.slice(0, SHOWN_FRAMES).map((frame) => {
    const name = frame.function === null ? '?' : frameText(frame);
    return ` > ${frame.module ?? '?'}: ${name} [${hexText(frame.pc)}]\n`;
  });
  return `${lines.join('')}${more > 0 ? ` > and ${more} more\n` : ''}`;
}
