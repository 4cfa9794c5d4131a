/**
 * Records what the debug allocator of Zig's standard library does about each program of misuse.
 *
 *   zig build-exe -ODebug misuse.zig
 *   node record.mjs PROGRAM VERSION
 *
 * PROGRAM is what the first line makes, VERSION what `zig version` says.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOLS = new URL('../../../../tools/package.json', import.meta.url);
const { transformSync } = createRequire(TOOLS)('esbuild');
const source = readFileSync(new URL('../misuse-programs.ts', import.meta.url), 'utf8');
const { code } = transformSync(source, { loader: 'ts', format: 'esm' });
const { MISUSE_PROGRAMS } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const log2 = (align = 8) => 31 - Math.clz32(align);

/** The steps of a program as words, and the number of each block. */
function wordsOf({ steps }) {
  const numbers = new Map();
  const layouts = new Map();
  const words = [];
  for (const step of steps) {
    const known = layouts.get(step.block);
    const nth = numbers.get(step.block);
    const size = step.size ?? known?.size;
    const align = log2(step.align ?? known?.align);
    if (step.do === 'allocate') {
      for (let count = step.count ?? 1; count > 0; count--) {
        words.push('a', numbers.size, step.size, log2(step.align));
        numbers.set(count === 1 ? step.as : `${step.as}${count}`, numbers.size);
      }
      layouts.set(step.as, step);
    } else if (step.do === 'free') {
      words.push(known ? 'f' : 'F', nth ?? step.block, step.at ?? 0, size, align);
    } else if (step.do === 'reallocate') words.push('r', nth, step.to, size, align);
    else if (step.do === 'poison') words.push('p', step.what);
    else if (step.do === 'reuse') words.push('u', nth);
    else if (step.do === 'thread') words.push('t');
    else {
      const at = step.at ?? known.size + step.past;
      words.push(step.do === 'write' ? 'w' : 'R', nth, at, step.bytes);
    }
  }
  return { words: words.map(String), block: numbers.get('block') };
}

/** What is said, the first that fits; and in how many traces. */
const SAYINGS = [
  [/Double free detected/, 'double free, three traces'],
  [
    /panic: (Invalid free|Unrecoverable double free)/,
    (match) => `panic: ${match[1].toLowerCase()}`,
  ],
  [/(size|alignment) \S+ (?:bytes )?does not match/, 'reported, two traces'],
  [/panic: cast causes pointer to be null/, 'panic: a pointer is never null'],
  [/the address never came back/, 'the address never came back'],
  [/(Segmentation fault|General protection)/, 'segmentation fault'],
  [/panic: (.*)/, (match) => `panic: ${match[1]}`],
];

function outcome(program) {
  if (program.steps.some(({ what }) => what === 'map')) return 'has none';
  const { words, block } = wordsOf(program);
  const { stderr } = spawnSync(resolve(process.argv[2]), words, { encoding: 'utf8' });
  const [steps, end = ''] = stderr.split(/^end$/m);
  for (const [pattern, text] of SAYINGS) {
    const match = pattern.exec(steps) ?? pattern.exec(end);
    if (match === null) continue;
    const what = typeof text === 'string' ? text : text(match);
    return pattern.test(steps) ? what : `${what} at the end`;
  }
  const address = new RegExp(`^block ${block} (.*)$`, 'm').exec(steps)[1];
  const isLeaked = end.includes(`memory address ${address} leaked`);
  if (program.name.startsWith('leak'))
    return end.includes(' leaked: ') ? 'leak, its trace' : 'not found';
  const last = program.steps.at(-1);
  return last.do === 'free' && last.at > 0 && !isLeaked
    ? 'not found: frees the block'
    : 'not found';
}

const outcomes = Object.fromEntries(
  MISUSE_PROGRAMS.map((program) => [program.name, outcome(program)]),
);
const record = { zig: process.argv[3], target: 'x86_64-linux', mode: 'Debug', outcomes };
const file = fileURLToPath(new URL('misuse-zig.json', import.meta.url));
writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
