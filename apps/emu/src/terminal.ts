/** Colours, on a terminal only, and never when NO_COLOR is set (no-color.org). */
import { type Paint, type PaintRole, PLAIN } from '@bareheap/inspect';

/** Select Graphic Rendition, ECMA-48 8.3.117: on and off. */
const STYLES: Readonly<Record<PaintRole, readonly [number, number]>> = {
  heading: [1, 22],
  label: [36, 39],
  bad: [31, 39],
  dim: [90, 39],
};

/** How our own words are marked. */
export function paintFor(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const wanted = (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  if (!wanted || !isTerminal) return PLAIN;
  return (role, text) => `\u001b[${STYLES[role][0]}m${text}\u001b[${STYLES[role][1]}m`;
}
