import { expect, test } from 'vitest';
import { FILES, isBinary, isTest, readBytes, readText, SOURCES } from './repository.ts';
import { readSource } from './source-text.ts';

const packageSources = SOURCES.filter(
  (path) => path.startsWith('packages/') && path.includes('/src/') && !isTest(path),
);

/** `path:line: text` of each match in the code of `paths`; words in comments do not count. */
function matches(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) => {
    const lines = readSource(readText(path)).code.split('\n');
    return lines.flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
    );
  });
}

function textMatches(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    readText(path)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

test.each([
  ['Math.random', /\bMath\s*\.\s*random\b/],
  ['Date', /\bnew\s+Date\b|\bDate\s*[.(]/],
  ['performance', /\bperformance\s*\./],
  ['console', /\bconsole\s*\./],
])('packages do not use %s', (_name, pattern) => {
  expect(packageSources.length).toBeGreaterThan(40);
  expect(matches(packageSources, pattern)).toEqual([]);
});

test('no test uses unseeded randomness', () => {
  const all = SOURCES.filter((path) => !path.startsWith('tools/tidy/'));
  expect(matches(all, /\bMath\s*\.\s*random\b/)).toEqual([]);
});

test('no package has state of its own: no let or var outside functions', () => {
  const found = packageSources.flatMap((path) => {
    let depth = 0;
    return readSource(readText(path))
      .code.split('\n')
      .flatMap((line, index) => {
        const outside = depth === 0 && /^\s*(export\s+)?(let|var)\b/.test(line);
        depth += (line.match(/[{([]/g)?.length ?? 0) - (line.match(/[})\]]/g)?.length ?? 0);
        return outside ? [`${path}:${index + 1}: ${line.trim()}`] : [];
      });
  });
  expect(found).toEqual([]);
});

test('no package brings in declarations by reference', () => {
  const pattern = /^\s*\/\/\/\s*<reference/;
  expect(textMatches(packageSources, pattern)).toEqual([]);
});

test('no enum, and no suppression of the compiler', () => {
  expect(matches(SOURCES, /\b(const\s+)?enum\s+\w/)).toEqual([]);
  const suppression = new RegExp(`@ts-${'(ignore|nocheck|expect-error)'}`);
  expect(textMatches(SOURCES, suppression)).toEqual([]);
});

const texts = FILES.filter((path) => !isBinary(path));

test('nothing is left as a mark for later', () => {
  const marks = new RegExp(
    `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`,
  );
  expect(textMatches(texts, marks)).toEqual([]);
});

test('no file names a folder of the machine it was made on', () => {
  const folders = new RegExp(
    `(^|[\\s'"\`(=:])/(${['ho' + 'me', 'wo' + 'rk', 'Us' + 'ers'].join('|')})/\\w`,
  );
  expect(textMatches(texts, folders)).toEqual([]);
  // A compiler's own libraries bring the folders of whoever packaged them; those are not ours.
  const ours = new RegExp(`/${'wo' + 'rk'}/\\w`);
  const inBinaries = FILES.filter(isBinary).filter((path) =>
    ours.test(new TextDecoder('latin1').decode(readBytes(path))),
  );
  expect(inBinaries).toEqual([]);
});

test('the lockfile names no registry', () => {
  expect(textMatches(['pnpm-lock.yaml'], /https?:|tarball/)).toEqual([]);
});

/** Right column of docs/glossary.md, as far as a name can tell. */
const AVOIDED: readonly [RegExp, string][] = [
  [/Chunk/, 'block, or frame'],
  [/Cell(?!s?Phone)/, 'block'],
  [/Defrag|Compactor/, 'coalesce'],
  [/HeapTop/, 'heap end'],
  [/PhysicalPage/, 'frame'],
  [/Shootdown(?=s)/, 'invalidate'],
  [/Util|Helper|Manager/, 'the noun that it is about'],
];

test('exported names are words of the glossary', () => {
  const found = packageSources.flatMap((path) => {
    const code = readSource(readText(path)).code;
    const names = code.matchAll(
      /\bexport\s+(?:const|function|class|interface|type|abstract class)\s+(\w+)/g,
    );
    return [...names].flatMap(([, name]) =>
      AVOIDED.filter(([pattern]) => pattern.test(name!)).map(
        ([, better]) => `${path}: ${name} (say ${better})`,
      ),
    );
  });
  expect(found).toEqual([]);
});
