import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { FILES, isTest, readBytes, readText, SOURCES, sizeOf } from './repository.ts';
import { type FunctionSpan, functionsOf, readSource } from './source-text.ts';

const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 800;
const MAX_FILE_BYTES = 2 ** 20;
const DUPLICATE_BYTES = 200;
/** Leaves share nothing, so each has its own assert; configuration is alike by intent. */
const MAY_BE_ALIKE = /(^|\/)(assert\.ts|tsconfig\.json)$/;

/** A table says so in its first lines: data is read differently from code. */
function isTable(path: string): boolean {
  return readText(path).split('\n').slice(0, 5).join('\n').includes('@table');
}

/** A suite is a list of tests, which are functions of their own. */
function isSuite(lines: readonly string[], span: FunctionSpan): boolean {
  return lines
    .slice(span.line, span.line + span.lines - 1)
    .some((line) => /^\s*(test|describe)\b/.test(line));
}

test('functions are short', () => {
  const long = SOURCES.filter((path) => !isTable(path)).flatMap((path) => {
    const text = readText(path);
    const lines = text.split('\n');
    return functionsOf(readSource(text))
      .filter((span) => span.lines > MAX_FUNCTION_LINES)
      .filter((span) => !(isTest(path) && isSuite(lines, span)))
      .map((span) => `${path}:${span.line}: ${span.name} has ${span.lines} lines`);
  });
  expect(long).toEqual([]);
});

test('files are short', () => {
  const long = SOURCES.filter((path) => !isTable(path))
    .map((path) => ({ path, lines: readText(path).split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_FILE_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
  expect(long).toEqual([]);
});

test('files are small', () => {
  const large = FILES.filter((path) => sizeOf(path) > MAX_FILE_BYTES);
  expect(large).toEqual([]);
});

test('a file’s name is a noun of the subject', () => {
  const vague = /^(utils?|helpers?|common|types?|misc|shared|stuff)$/;
  const wrong = SOURCES.filter((path) =>
    path
      .split('/')
      .slice(2)
      .some((part) => vague.test(part.replace(/\..*$/, ''))),
  ).filter((path) => !path.startsWith('tools/types/'));
  expect(wrong).toEqual([]);
});

test('index.ts stands at the root of a package’s sources only', () => {
  const inner = SOURCES.filter((path) => posix.basename(path) === 'index.ts').filter(
    (path) => !/^packages\/[^/]+\/src\/index\.ts$/.test(path),
  );
  expect(inner).toEqual([]);
});

test('index.ts names what it exports', () => {
  const stars = SOURCES.filter((path) => posix.basename(path) === 'index.ts').filter((path) =>
    /export\s*\*/.test(readSource(readText(path)).code),
  );
  expect(stars).toEqual([]);
});

test('no file is there twice', () => {
  const seen = new Map<string, string>();
  const twice: string[] = [];
  const candidates = FILES.filter((path) => sizeOf(path) >= DUPLICATE_BYTES);
  for (const path of candidates.filter((candidate) => !MAY_BE_ALIKE.test(candidate))) {
    const hash = createHash('sha256').update(readBytes(path)).digest('hex');
    const first = seen.get(hash);
    if (first !== undefined) twice.push(`${path} is ${first}`);
    seen.set(hash, first ?? path);
  }
  expect(twice).toEqual([]);
});
