import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PACKAGE_RULES, TEST_IMPORTS } from './import-table.ts';
import { FILES, isTest, PACKAGES, readText, SOURCES } from './repository.ts';
import { importsOf, readSource } from './source-text.ts';

interface Edge {
  readonly file: string;
  readonly to: string;
}

const edges: Edge[] = SOURCES.flatMap((file) =>
  importsOf(readSource(readText(file))).map((to) => ({ file, to })),
);

function packageOf(file: string): string | null {
  return PACKAGES.find((folder) => file.startsWith(`${folder}/src/`)) ?? null;
}

/** Why an edge is not allowed, or null. */
function objection({ file, to }: Edge): string | null {
  const folder = packageOf(file);
  if (folder === null) return null;
  const rule = PACKAGE_RULES[folder]!;
  if (to.startsWith('.')) {
    const target = posix.join(posix.dirname(file), to);
    const fixtures = isTest(file) && target.startsWith(`${folder}/test/`);
    if (!target.startsWith(`${folder}/src/`) && !fixtures) return 'leaves its package';
    if (!to.endsWith('.ts')) return 'has no .ts extension';
    return FILES.includes(target) ? null : 'is no file';
  }
  if (isTest(file) && TEST_IMPORTS.some((pattern) => pattern.test(to))) return null;
  if (to.startsWith('node:')) return rule.node ? null : 'is Node';
  if (rule.external?.some((name) => to === name || to.startsWith(`${name}/`))) return null;
  return rule.imports.includes(to) ? null : 'is not in its row of the import table';
}

test('the table has a row for each package, and no other', () => {
  expect(Object.keys(PACKAGE_RULES).sort()).toEqual([...PACKAGES].sort());
});

test('every import is allowed by the table', () => {
  expect(edges.length).toBeGreaterThan(100);
  const wrong = edges.flatMap((edge) => {
    const why = objection(edge);
    return why === null ? [] : [`${edge.file}: ${edge.to} ${why}`];
  });
  expect(wrong).toEqual([]);
});

test.each([
  ['packages/core/src/heap.ts', '@bareheap/mmu', 'is not in its row of the import table'],
  ['packages/mmu/src/tlb.ts', 'node:fs', 'is Node'],
  ['packages/cpu/src/cpu.ts', '../../mmu/src/tlb.ts', 'leaves its package'],
  [
    'packages/platform-static/src/index.ts',
    '@bareheap/mmu',
    'is not in its row of the import table',
  ],
  ['apps/emu/src/main.ts', 'vitest', 'is not in its row of the import table'],
  ['packages/core/src/x.test.ts', '@bareheap/machine', 'is not in its row of the import table'],
])('%s must not import %s', (file, to, why) => {
  expect(objection({ file, to })).toBe(why);
});

/** Files that reach themselves, each loop once. */
function cycles(): string[] {
  const graph = new Map<string, string[]>();
  for (const { file, to } of edges) {
    if (!to.startsWith('.')) continue;
    const target = posix.join(posix.dirname(file), to);
    graph.set(file, [...(graph.get(file) ?? []), target]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const back = path.indexOf(file);
    if (back >= 0) found.push([...path.slice(back), file].join(' -> '));
    if (back >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}

test('no files import each other in a circle, by types neither', () => {
  expect(cycles()).toEqual([]);
});

describe.each(PACKAGES)('%s', (folder) => {
  const manifest = JSON.parse(readText(`${folder}/package.json`));
  const rule = PACKAGE_RULES[folder];

  test('its dependencies are those of the table', () => {
    const workspace = Object.keys(manifest.dependencies ?? {}).filter((name) =>
      name.startsWith('@bareheap/'),
    );
    for (const name of workspace) expect(rule?.imports).toContain(name);
    const external = Object.keys(manifest.dependencies ?? {}).filter(
      (name) => !name.startsWith('@bareheap/'),
    );
    for (const name of external) expect(rule?.external ?? []).toContain(name);
  });

  test('its references are its dependencies', () => {
    const { references } = JSON.parse(readText(`${folder}/tsconfig.json`));
    const referenced = references.map(({ path }: { path: string }) =>
      posix.basename(path),
    ) as string[];
    const needed = Object.keys(manifest.dependencies ?? {})
      .filter((name) => name.startsWith('@bareheap/'))
      .map((name) => name.slice('@bareheap/'.length));
    expect(referenced.sort()).toEqual(needed.sort());
  });

  test('what it exports are files', () => {
    for (const conditions of Object.values(manifest.exports ?? {})) {
      const source = (conditions as Record<string, string>)['@bareheap/source']!;
      expect(FILES).toContain(posix.join(folder, source));
    }
  });
});
