import { describe, expect, test } from 'vitest';
import type { HeapCall } from './heap-call.ts';
import { heapCallLine } from './ltrace.ts';
import type { StackFrame } from './stack-frame.ts';

const at = (name: string, line: number): StackFrame => ({
  pc: 0x100 + line,
  function: name,
  file: 'list.c',
  line,
});

const call = (over: Partial<HeapCall>): HeapCall => ({
  ordinal: 1,
  function: 'malloc',
  args: [{ kind: 'size', value: 24 }],
  result: 0x2000_0a10,
  stack: [at('main', 42)],
  instruction: 1234,
  cost: 80,
  ...over,
});

describe('a heap call as a line', () => {
  test('says when, what was asked, what came back, which allocation and who asked', () => {
    expect(heapCallLine(call({ allocation: 7 }))).toBe(
      '[       1,234] malloc(24)                       = 0x20000a10 #7    main (list.c:42)',
    );
  });

  test('free returns nothing, a failure is NULL, a usable size is a number', () => {
    const free = call({
      function: 'free',
      args: [{ kind: 'address', value: 0x2000_0a10 }],
      result: null,
    });
    expect(heapCallLine(free)).toContain('free(0x20000a10)                 = <void>');
    expect(heapCallLine(call({ result: 0 }))).toContain('malloc(24)                       = NULL');
    const usable = call({ function: 'malloc_usable_size', result: 28, resultKind: 'size' });
    expect(heapCallLine(usable)).toContain('= 28 ');
  });

  test('a reallocation says whether it moved and what that cost', () => {
    const args = [
      { kind: 'address', value: 0 },
      { kind: 'size', value: 48 },
    ] as const;
    const moved = call({ function: 'realloc', args, moved: { inPlace: false, copiedBytes: 2400 } });
    expect(heapCallLine(moved)).toContain('realloc(NULL, 48) ');
    expect(heapCallLine(moved)).toContain('moved, 2,400 B copied  main (list.c:42)');
    const kept = call({ function: 'realloc', args, moved: { inPlace: true, copiedBytes: 0 } });
    expect(heapCallLine(kept)).toContain('in place  main');
  });

  test('shows three callers', () => {
    const stack = [at('node', 1), at('push', 2), at('fill', 3), at('main', 4)];
    expect(heapCallLine(call({ stack }))).toMatch(
      /node \(list\.c:1\) < push \(list\.c:2\) < fill \(list\.c:3\) < …$/,
    );
  });

  test('marks failures when painted', () => {
    const line = heapCallLine(call({ result: 0 }), (role, text) => `<${role}>${text}</>`);
    expect(line).toContain('<bad>= NULL');
    expect(line).toContain('<dim>[       1,234]</>');
  });
});
