/** Windows programs for tests: the prebuilt ones, what Wine said of them, and how they are begun. */
import { readFileSync } from 'node:fs';
import { type LoadPlan, parseImage } from '@bareheap/image';
import type { Guest } from '../src/guest.ts';
import type { HostPort } from '../src/host-port.ts';
import { openWindows } from '../src/windows/windows-guest.ts';
import type { WindowsOptions } from '../src/windows/windows-options.ts';

/** A run of test/guests/windows/truth/guests.json. */
export interface WindowsRun {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Where the documentation has it otherwise than Wine. */
  readonly documented?: { readonly status: number };
}

const GUESTS = new URL('../../../test/guests/windows/', import.meta.url);

export function windowsRuns(): readonly WindowsRun[] {
  return JSON.parse(readFileSync(new URL('truth/guests.json', GUESTS), 'utf8')).runs;
}

/** The bytes of a prebuilt program. */
export function prebuiltProgram(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`prebuilt/${name}`, GUESTS)));
}

/**
 * Opens a program with the system's own heap, unobserved.
 *
 * @param program  a prebuilt one by its name, or one that was parsed
 */
export function openProgram(
  program: string | LoadPlan,
  host: HostPort,
  more: Partial<WindowsOptions> = {},
): Guest {
  const isName = typeof program === 'string';
  return openWindows(
    isName ? parseImage(prebuiltProgram(program)) : program,
    {
      path: isName ? `C:\\${program}` : 'C:\\guest.exe',
      argv: [],
      environment: [],
      heap: 'guest',
      observesHeap: false,
      memoryBytes: 2 ** 28,
      seed: 1,
      ...more,
    },
    host,
  );
}
