/** `bareheap bench`: runs the benchmarks of the repository this command lies in. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BenchRequest, BenchSubject } from './command-line.ts';
import { UsageError } from './usage-error.ts';

/** What a benchmark's module exports for a subject. */
type Benchmark = (options: {
  readonly json?: string;
  readonly print: (line: string) => void;
}) => unknown;

const EXPORTED: Readonly<Record<BenchSubject, string>> = {
  cpu: 'benchCpu',
  heap: 'benchHeap',
  mmu: 'benchMmu',
  start: 'benchStart',
  windows: 'benchWindows',
};

/**
 * Runs a benchmark, which prints its own table.
 *
 * @throws UsageError  the benchmarks are not there, as in an installed package
 */
export async function runBench(
  request: BenchRequest,
  print: (line: string) => void,
): Promise<number> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../tools/bench');
  const file = join(folder, `${request.subject}.mjs`);
  if (!existsSync(file)) {
    const why = existsSync(folder)
      ? `not available yet: bench ${request.subject}`
      : `bench ${request.subject}: the benchmarks are in bareheap's repository; run it from there`;
    throw new UsageError(why);
  }
  const loaded: Record<string, unknown> = await import(pathToFileURL(file).href);
  const benchmark = loaded[EXPORTED[request.subject]];
  if (typeof benchmark !== 'function') {
    throw new Error(`${request.subject}.mjs exports no ${EXPORTED[request.subject]}`);
  }
  const json = request.jsonFile === null ? {} : { json: resolve(request.jsonFile) };
  await (benchmark as Benchmark)({ ...json, print });
  return 0;
}
