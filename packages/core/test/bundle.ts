/** The package's sources as one script, as an application would ship it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const ENTRY = join(FOLDER, '../src/index.ts');

interface Esbuild {
  buildSync(options: object): { readonly outputFiles: readonly { readonly text: string }[] };
}

/** The tools' dependency, so that the package itself needs none. */
const esbuild = createRequire(join(FOLDER, '../../../tools/package.json'))('esbuild') as Esbuild;

/** Bundles and minifies code that imports from '@bareheap/core'. */
export function bundle(code: string, format: 'esm' | 'iife' = 'esm'): string {
  const { outputFiles } = esbuild.buildSync({
    stdin: { contents: code, resolveDir: FOLDER },
    alias: { '@bareheap/core': ENTRY },
    external: ['node:*'],
    bundle: true,
    minify: true,
    write: false,
    logLevel: 'silent',
    format,
    target: 'es2023',
  });
  return outputFiles[0]!.text;
}
