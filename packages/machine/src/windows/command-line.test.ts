import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { commandLineOf, splitCommandLine } from './command-line.ts';

/** @see Microsoft, "Parsing C command-line arguments", the table of examples */
test.each([
  ['p "a b c" d e', ['a b c', 'd', 'e']],
  ['p "ab\\"c" "\\\\" d', ['ab"c', '\\', 'd']],
  ['p a\\\\\\b d"e f"g h', ['a\\\\\\b', 'de fg', 'h']],
  ['p a\\\\\\"b c d', ['a\\"b', 'c', 'd']],
  ['p a\\\\\\\\"b c" d e', ['a\\\\b c', 'd', 'e']],
  ['p a"b"" c d', ['ab" c d']],
])('%s', (line, words) => {
  expect(splitCommandLine(line).slice(1)).toEqual(words);
});

test('the program’s name has no escapes', () => {
  expect(splitCommandLine('"C:\\a b\\p.exe" x')).toEqual(['C:\\a b\\p.exe', 'x']);
});

test('every list of arguments comes back', () => {
  for (let seed = 0; seed < 2000; seed++) {
    const random = new Random(seed);
    const letters = ['a', '"', '\\', ' ', '\t', 'é'];
    const words = Array.from({ length: random.between(0, 5) }, () =>
      Array.from({ length: random.between(0, 8) }, () => random.pick(letters)).join(''),
    );
    const line = commandLineOf('C:\\p.exe', words);
    expect(splitCommandLine(line).slice(1), `seed ${seed}: ${line}`).toEqual(words);
  }
});
