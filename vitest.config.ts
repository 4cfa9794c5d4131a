import { defineConfig } from 'vitest/config';

const source = {
  resolve: { conditions: ['@bareheap/source'] },
  ssr: { resolve: { conditions: ['@bareheap/source'] } },
};

export default defineConfig({
  test: {
    reporters: ['default', './tools/vitest-tally.mjs'],
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/test/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'tools/**/*.test.ts',
          ],
          testTimeout: 120_000,
        },
      },
      {
        ...source,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 300_000 },
      },
    ],
  },
});
