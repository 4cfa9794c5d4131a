/** A guest's stack as text. */
import { hexText } from './number-text.ts';
import type { StackFrame } from './stack-frame.ts';

/** More frames than this are counted, not shown: a runaway recursion would hide all else. */
const MAX_FRAMES = 24;

/** `main (alloc.c:42)`, `main+0x1c`, or the bare address where the file has no symbol. */
export function frameText(frame: StackFrame): string {
  if (frame.function === null) return `${hexText(frame.pc)} (${noSymbol(frame)})`;
  if (frame.file !== null) return `${frame.function} (${sourceText(frame)})`;
  const offset = frame.offset === undefined ? '' : `+0x${frame.offset.toString(16)}`;
  return `${frame.function}${offset}`;
}

/** One line for each frame, innermost first, `#0 0x00000214 in poke (poke.c:12)`. */
export function stackLines(stack: readonly StackFrame[]): string[] {
  if (stack.length === 0) return ['(no stack)'];
  const lines = stack.slice(0, MAX_FRAMES).map((frame, level) => {
    const name = frame.function === null ? `(${noSymbol(frame)})` : frameText(frame);
    return `#${level} ${hexText(frame.pc)} in ${name}`;
  });
  if (stack.length > MAX_FRAMES) lines.push(`… ${stack.length - MAX_FRAMES} more frames`);
  return lines;
}

/** `no symbol`, and the file where it is known. */
function noSymbol({ module }: StackFrame): string {
  return module === undefined ? 'no symbol' : `no symbol, ${module}`;
}

function sourceText(frame: StackFrame): string {
  return frame.line === null ? `${frame.file}` : `${frame.file}:${frame.line}`;
}
