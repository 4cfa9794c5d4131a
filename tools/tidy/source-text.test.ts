// biome-ignore-all lint/suspicious/noTemplateCurlyInString: sources in strings are the subject.
import { describe, expect, test } from 'vitest';
import { functionsOf, importsOf, readSource } from './source-text.ts';

describe('comments and literals are not code', () => {
  test.each([
    ["a = 'x // y'; // z", "a = '      ';     "],
    ['a /* b */ c', 'a         c'],
    ['`a ${b} c`', '`  ${b}  `'],
    ['`${`${x}`}y`', '`${`${x}`} `'],
    ["x = /['/]/g; 'a'", "x = /    /g; ' '"],
    ["a / b / 'c'", "a / b / ' '"],
    ["'it\\'s' + d", "'     ' + d"],
    ['{`${{a: 1}.a}`}', '{`${{a: 1}.a}`}'],
  ])('%s', (text, code) => expect(readSource(text).code).toBe(code));
});

test('imports of every form, and none from text', () => {
  const source = readSource(`
    import a from './a.ts';
    import type { B } from "./b.ts";
    import './c.ts';
    export * from './d.ts';
    type E = import('./e.ts').E;
    const f = await import('./f.ts');
    const text = "import x from './no.ts'";
    // import y from './no.ts';
    import {
      g,
    } from './g.ts';
  `);
  expect(importsOf(source)).toEqual([
    './a.ts',
    './b.ts',
    './c.ts',
    './d.ts',
    './e.ts',
    './f.ts',
    './g.ts',
  ]);
});

test('functions of every form, and no other braces', () => {
  const source = readSource(`
function plain(a: number): Map<string, number> {
  if (a) {
    return new Map();
  }
}
class Thing {
  method(): void {
    for (const x of []) {
    }
  }
}
const arrow = (a: { b: number }) => {
  return { a };
};
const single = x => {
};
const data = () => {
  return \`
    one
    two
  \`;
};
`);
  const found = functionsOf(source).map(({ name, lines }) => `${name} ${lines}`);
  expect(found).toHaveLength(5);
  expect(found).toEqual(
    expect.arrayContaining(['plain 5', 'method 4', expect.stringMatching(/ 4$/)]),
  );
});
