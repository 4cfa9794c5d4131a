/**
 * Who may import whom: part 2 of the design, as data. Type imports count. Tests may import
 * TEST_IMPORTS on top, and nothing else.
 * @table
 */

export interface PackageRule {
  /** Names in the workspace that its sources may import. */
  readonly imports: readonly string[];
  /** Whether its sources may use Node. */
  readonly node: boolean;
  /** Packages of the registry that its sources may import. */
  readonly external?: readonly string[];
}

const EVERY_PACKAGE = [
  '@bareheap/core',
  '@bareheap/mmu',
  '@bareheap/platform-static',
  '@bareheap/platform-posix',
  '@bareheap/platform-win',
  '@bareheap/image',
  '@bareheap/cpu',
  '@bareheap/inspect',
  '@bareheap/machine',
];

/** By folder. */
export const PACKAGE_RULES: Readonly<Record<string, PackageRule>> = {
  'packages/core': { imports: [], node: false },
  'packages/mmu': { imports: [], node: false },
  'packages/image': { imports: [], node: false },
  'packages/inspect': { imports: [], node: false },
  'packages/platform-static': { imports: ['@bareheap/core'], node: false },
  'packages/cpu': { imports: ['@bareheap/mmu'], node: false },
  'packages/platform-posix': { imports: ['@bareheap/core', '@bareheap/mmu'], node: false },
  'packages/platform-win': { imports: ['@bareheap/core', '@bareheap/mmu'], node: false },
  'packages/cpu-unicorn': {
    imports: ['@bareheap/mmu', '@bareheap/cpu'],
    node: true,
    external: ['koffi'],
  },
  'packages/conformance': {
    imports: ['@bareheap/core', '@bareheap/mmu', '@bareheap/cpu'],
    node: false,
  },
  'packages/machine': {
    imports: EVERY_PACKAGE.filter((name) => name !== '@bareheap/machine'),
    node: false,
  },
  'apps/emu': {
    imports: [...EVERY_PACKAGE, '@bareheap/cpu-unicorn'],
    node: true,
    external: ['gecko-profiler-demangle'],
  },
};

/** What tests may import beside what their package may. */
export const TEST_IMPORTS: readonly RegExp[] = [
  /^node:/,
  /^vitest$/,
  /^fast-check$/,
  /^@bareheap\/conformance(\/(cpu|posix))?$/,
];
