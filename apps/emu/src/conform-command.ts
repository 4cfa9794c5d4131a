/** `bareheap conform`: runs the rule tables of the repository this command lies in. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CONFORM_PLATFORMS, type ConformRequest } from './command-line.ts';
import { UsageError } from './usage-error.ts';

/** What a table's module exports. */
type Conform = () => { readonly lines: readonly string[]; readonly failures: number };

const EXPORTED: Readonly<Record<string, string>> = {
  static: 'conformStatic',
  posix: 'conformPosix',
  win: 'conformWin',
};

const FAILED = 1;

/**
 * Prints pass, known gap or fail by rule. The status is 1 when a rule failed.
 *
 * @throws UsageError  a table that was asked for is not there
 */
export async function runConform(
  request: ConformRequest,
  print: (line: string) => void,
): Promise<number> {
  const asked = request.platform === null ? CONFORM_PLATFORMS : [request.platform];
  let failures = 0;
  for (const platform of asked) {
    if (EXPORTED[platform] === undefined) {
      if (request.platform !== null) throw new UsageError(`not available yet: conform ${platform}`);
      print(`${platform}: not available yet`);
      continue;
    }
    const table = (await load(platform))();
    print(`${platform}: ${table.failures === 0 ? 'no failure' : `${table.failures} failed`}`);
    for (const line of table.lines) print(line);
    failures += table.failures;
  }
  return failures === 0 ? 0 : FAILED;
}

async function load(platform: string): Promise<Conform> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../tools/conform');
  const file = join(folder, `${platform}.mjs`);
  if (!existsSync(file)) {
    throw new UsageError(
      `conform ${platform}: the rule tables are in bareheap's repository; run it from there`,
    );
  }
  const loaded: Record<string, unknown> = await import(pathToFileURL(file).href);
  return loaded[EXPORTED[platform]!] as Conform;
}
