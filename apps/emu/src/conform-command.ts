/** `bareheap conform`: which platforms have a rule table. */
import { CONFORM_PLATFORMS, type ConformRequest } from './command-line.ts';

/**
 * The rule tables this version has. None: the static platform's rules are its unit tests, and the
 * tables with recorded truth come with the platforms that need them.
 */
const RULE_TABLES: readonly string[] = [];

/** Says by name what is missing; the status is that of a command that could not run. */
export function conformLines(request: ConformRequest): string[] {
  const asked = request.platform === null ? CONFORM_PLATFORMS : [request.platform];
  return asked
    .filter((platform) => !RULE_TABLES.includes(platform))
    .map((platform) => `not available yet: conform ${platform}`);
}
