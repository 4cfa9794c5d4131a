/**
 * One system call as text, in two halves: what is known before it, and the rest when it is over.
 * Between them other processes may have their say.
 */
import type { SystemCall, Words } from '../system-call.ts';
import { ARGUMENT_FORMATS } from './argument-formats.ts';
import { CALL_SHAPES, type ShapePart } from './call-shapes.ts';
import type { CallView, ShownArgument, TraceMemory } from './call-view.ts';
import { resultText } from './result-text.ts';
import { hexWord } from './scalar-text.ts';

/** What a row is shown by; its call itself is not asked for. */
export type ShownCall = Pick<SystemCall, 'name' | 'arguments' | 'result'>;

/** Column of the equals sign, where the call leaves room for it. */
const RESULT_COLUMN = 40;

const AS_HEX: ShownArgument = { text: (word) => hexWord(word), late: false };

export class CallText {
  /** Text before the call: `read(3, `. */
  readonly entry: string;
  private readonly row: ShownCall;
  private readonly words: Words;
  private readonly memory: TraceMemory;
  private readonly parts: readonly { readonly at: number; readonly shown: ShownArgument }[];
  /** Parts that the first half has. */
  private readonly done: number;
  private readonly kept: number | null;
  private count = 0;

  constructor(row: ShownCall, words: Words, memory: TraceMemory) {
    this.row = row;
    this.words = words;
    this.memory = memory;
    this.parts = partsOf(row);
    const before: CallView = { name: row.name, words, memory, result: null, kept: null };
    this.kept = CALL_SHAPES[row.name]?.keep?.(before) ?? null;
    const view: CallView = { ...before, kept: this.kept };
    const first = this.parts.findIndex(({ shown }) => isLate(shown, view));
    this.done = first < 0 ? this.parts.length : first;
    const text = this.argumentsText(view, 0, this.done);
    this.entry = `${row.name}(${text}${first >= 0 && this.count > 0 ? ', ' : ''}`;
  }

  /** The rest: the other arguments and the result. `column` is how much the line has already. */
  exit(result: number, column: number = this.entry.length): string {
    const { row, words, memory, kept } = this;
    const view: CallView = { name: row.name, words, memory, result, kept };
    this.count = 0;
    const rest = `${this.argumentsText(view, this.done, this.parts.length)}) `;
    const room = Math.max(0, RESULT_COLUMN - column - rest.length);
    return `${rest}${' '.repeat(room)}${resultText(view, row.result)}`;
  }

  private argumentsText(view: CallView, from: number, to: number): string {
    const texts: string[] = [];
    for (const { at, shown } of this.parts.slice(from, to)) {
      const text = shown.text(view.words[at]!, view, at);
      if (text !== null) texts.push(text);
    }
    this.count += texts.length;
    return texts.join(', ');
  }
}

/** The whole line of a call that nothing came between. */
export function callLine(
  row: ShownCall,
  words: Words,
  memory: TraceMemory,
  result: number,
): string {
  const text = new CallText(row, words, memory);
  return text.entry + text.exit(result);
}

function partsOf(row: ShownCall): { at: number; shown: ShownArgument }[] {
  const own = CALL_SHAPES[row.name];
  const parts: readonly ShapePart[] = own?.parts ?? row.arguments;
  const order = own?.order ?? parts.map((_, at) => at);
  return order.map((at) => {
    const part = parts[at]!;
    return { at, shown: typeof part === 'string' ? (ARGUMENT_FORMATS[part] ?? AS_HEX) : part };
  });
}

function isLate(shown: ShownArgument, view: CallView): boolean {
  return typeof shown.late === 'boolean' ? shown.late : shown.late(view);
}
