/**
 * The results of cases as a system gave them, in a file: written, or with `--check` compared.
 * tools/posix/record.mjs and tools/win/record.mjs are its commands.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Says what differs from the file; how many cases do. */
function check(file, fresh, systemOf) {
  const known = JSON.parse(readFileSync(file, 'utf8'));
  const names = Object.keys(fresh.results);
  const differing = names.filter((name) => known.results[name] !== fresh.results[name]);
  for (const name of differing) {
    console.error(`${name}: ${systemOf(known)} ${known.results[name]}`);
    console.error(`${name}: ${systemOf(fresh)} ${fresh.results[name]}`);
  }
  console.log(`${names.length} cases, ${differing.length} differ`);
  return differing.length;
}

/**
 * Writes or compares, as the command line says; the status to end with.
 *
 * @param file      path of the truth
 * @param fresh     what the system gave now: `results` by the names of cases, and what it is
 * @param systemOf  (truth) => what the system is
 */
export function keepTruth(file, fresh, systemOf) {
  if (process.argv.includes('--check')) return check(file, fresh, systemOf) === 0 ? 0 : 1;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(fresh, null, 2)}\n`);
  console.log(`${Object.keys(fresh.results).length} cases of ${systemOf(fresh)} written`);
  return 0;
}
