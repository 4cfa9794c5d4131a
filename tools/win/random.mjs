/**
 * Runs random programs of Windows' memory and heap calls on Wine and on platform-win and compares
 * every result, error code, exception, byte and region. A difference is shrunk and printed as one
 * line.
 *
 *   node tools/win/random.mjs [--seeds COUNT] [--first SEED] [--calls COUNT] [--differences COUNT]
 *   node tools/win/random.mjs --record 1500   writes what Wine gave, a number for each seed
 *   node tools/win/random.mjs --program 'STATEMENT; STATEMENT; …'
 */
import { join } from 'node:path';
import {
  parseWinResults,
  randomWinProgram,
  runProbeProgram,
  winResultsHash,
} from '@bareheap/platform-win';
import { casesText, compareRandomPrograms } from '../probe/random-programs.mjs';
import { buildProbe, PROBE_FOLDER, runProbe, wineVersion } from './probe-runner.mjs';

const probe = buildProbe();

/** What Wine gave for each program. */
function onWine(programs) {
  const results = parseWinResults(runProbe(probe, casesText(programs)));
  return programs.map((_, index) => (results[index] ?? '').split('\n'));
}

/** One after another: the probe ends at a program that names what it did not make. */
function onWineSmaller(programs) {
  return programs.map((program) => {
    if (program.length === 0) return null;
    try {
      return onWine([program])[0];
    } catch {
      return null;
    }
  });
}

process.exitCode = compareRandomPrograms({
  name: 'Wine',
  command: 'tools/win/random.mjs',
  version: wineVersion,
  seeds: 70,
  batch: 70,
  randomProgram: randomWinProgram,
  run: onWine,
  runSmaller: onWineSmaller,
  here: runProbeProgram,
  hashOf: winResultsHash,
  recorded: join(PROBE_FOLDER, 'truth/wine-random.json'),
  facts: () => ({ system: wineVersion() }),
});
