/** The C probes of Linux: how they are built, and their cases against the truth that is kept. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** musl brings no headers of Linux itself: the compiler's own come after its. */
const KERNEL_HEADERS = ['/usr/include', '/usr/include/x86_64-linux-gnu'];

/** Builds a static program of sources in a folder; the path of the program. */
export function compileProbe(program, folder, sources, flags) {
  const headers = KERNEL_HEADERS.flatMap((path) => ['-idirafter', path]);
  const options = [...headers, ...flags, '-static', '-s', '-o', program];
  execFileSync('musl-gcc', [...options, ...sources], { cwd: folder });
  return program;
}

/** What the probes share, beside their folders. */
const SHARED = '../asleep.c';

/** Builds the probe of a folder, all of its sources; the path of the program. */
export function buildProbe(program, folder, flags) {
  const sources = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return compileProbe(program, folder, [...sources.sort(), SHARED], flags);
}

/** The lines of each case by its name. */
export function probeCases(text) {
  const parts = text.split(/^== /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]));
}

/**
 * Says which cases differ from the truth, or are only there or here; the status to end with.
 *
 * @param truth     path of the truth
 * @param run       () => what the probe prints
 * @param attempts  how often it may run, where cases wait with real time, which a busy machine takes
 * @param without   names of cases that are no rule
 */
export function checkCases(truth, run, { attempts = 1, without = [] } = {}) {
  const casesOf = (text) => {
    const all = probeCases(text);
    for (const name of without) all.delete(name);
    return all;
  };
  const known = casesOf(readFileSync(truth, 'utf8'));
  let differing = [...known.keys()];
  let now = new Map();
  for (let attempt = 0; attempt < attempts && differing.length > 0; attempt++) {
    now = casesOf(run());
    const added = [...now.keys()].filter((name) => !known.has(name));
    const names = [...new Set([...differing, ...added])];
    differing = names.filter((name) => known.get(name) !== now.get(name));
  }
  for (const name of differing) {
    console.error(`known: ${known.get(name) ?? 'nothing'}\nhere:  ${now.get(name) ?? 'nothing'}`);
  }
  console.log(`${now.size} cases, ${differing.length} differ`);
  return differing.length === 0 ? 0 : 1;
}
