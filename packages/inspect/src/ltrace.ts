/** Heap calls as lines, in the manner of ltrace. */
import type { HeapArgument, HeapCall } from './heap-call.ts';
import { countText, hexText } from './number-text.ts';
import { type Paint, PLAIN } from './paint.ts';
import { frameText } from './stack-text.ts';

/** Callers shown: enough to tell who asked, short enough for a line. */
const MAX_CALLERS = 3;
const CALL_COLUMNS = 32;
const RESULT_COLUMNS = 10;
const INSTRUCTION_COLUMNS = 12;

/**
 * One line without its end: `[       1,234] malloc(24) = 0x20000a10  #1  main (alloc.c:42)`. In
 * brackets the instructions retired at the call, after `#` the allocation's identity.
 */
export function heapCallLine(call: HeapCall, paint: Paint = PLAIN): string {
  const when = countText(call.instruction).padStart(INSTRUCTION_COLUMNS);
  const text = `${call.function}(${call.args.map(argumentText).join(', ')})`;
  const result = resultText(call);
  const identity = call.allocation === undefined ? '' : `#${call.allocation}`;
  const notes = [moveText(call), callersText(call)].filter((note) => note !== '');
  const failed = call.result === 0 && call.resultKind !== 'size';
  const shown = `= ${result.padEnd(RESULT_COLUMNS)}`;
  return [
    paint('dim', `[${when}]`),
    text.padEnd(CALL_COLUMNS),
    failed ? paint('bad', shown) : shown,
    identity.padEnd(5),
    notes.join('  '),
  ]
    .join(' ')
    .trimEnd();
}

function argumentText(argument: HeapArgument): string {
  if (argument.kind === 'flags') return flagsText(argument.value);
  if (argument.kind !== 'address') return String(argument.value);
  return argument.value === 0 ? 'NULL' : hexText(argument.value);
}

/** Small ones as they are: 0 and 8 are the same in both bases. */
function flagsText(flags: number): string {
  return flags < 10 ? String(flags) : `0x${flags.toString(16)}`;
}

function resultText(call: HeapCall): string {
  if (call.result === null) return '<void>';
  if (call.resultKind === 'size') return String(call.result);
  return call.result === 0 ? 'NULL' : hexText(call.result);
}

function moveText(call: HeapCall): string {
  if (call.moved === undefined) return '';
  return call.moved.inPlace ? 'in place' : `moved, ${countText(call.moved.copiedBytes)} B copied`;
}

function callersText(call: HeapCall): string {
  const shown = call.stack.slice(0, MAX_CALLERS).map(frameText);
  if (call.stack.length > MAX_CALLERS) shown.push('…');
  return shown.join(' < ');
}
