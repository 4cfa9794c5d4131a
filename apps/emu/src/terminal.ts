/** Which streams are terminals, and colours there, never when NO_COLOR is set (no-color.org). */
import { fstatSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { devNull } from 'node:os';
import { type Paint, type PaintRole, PLAIN } from '@bareheap/inspect';

/** Select Graphic Rendition, ECMA-48 8.3.117: on and off. */
const STYLES: Readonly<Record<PaintRole, readonly [number, number]>> = {
  heading: [1, 22],
  label: [36, 39],
  bad: [31, 39],
  dim: [90, 39],
};

/** Which of the standard streams are terminals. */
export function terminalStreams(): ReadonlySet<number> {
  return new Set([0, 1, 2].filter(isTerminal));
}

/**
 * Only a character device can be one, and the null device is none: so node:tty, with the sockets
 * behind it, is loaded when it is likely to say yes.
 */
function isTerminal(stream: number): boolean {
  try {
    const status = fstatSync(stream);
    if (!status.isCharacterDevice() || status.rdev === statSync(devNull).rdev) return false;
  } catch {
    return false;
  }
  const tty = createRequire(import.meta.url)('node:tty') as typeof import('node:tty');
  return tty.isatty(stream);
}

/** How our own words are marked. */
export function paintFor(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const wanted = (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  if (!wanted || !isTerminal) return PLAIN;
  return (role, text) => `\u001b[${STYLES[role][0]}m${text}\u001b[${STYLES[role][1]}m`;
}
