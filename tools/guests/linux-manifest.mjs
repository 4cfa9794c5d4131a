/** The Linux guests of test/guests/linux: what they are built from, and where. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const LINUX_GUESTS = resolve(import.meta.dirname, '../../test/guests/linux');
export const LINUX_SOURCES = join(LINUX_GUESTS, 'src');
export const LINUX_PREBUILT = join(LINUX_GUESTS, 'prebuilt');
export const LINUX_TRUTH = join(LINUX_GUESTS, 'truth');

/**
 * Every guest by every way it is linked; `id` is its file's name. `isNative` is false for what tells
 * of its surroundings or attacks them: it runs in bareheap only.
 */
export function linuxGuests(words = []) {
  const rows = JSON.parse(readFileSync(join(LINUX_GUESTS, 'guests.json'), 'utf8'));
  const guests = rows.flatMap((row) =>
    row.links.map((link) => ({
      ...row,
      link,
      id: `${row.name}.${link}`,
      isPrebuilt: row.prebuilt?.includes(link) ?? false,
      isNative: row.isNative ?? true,
      args: row.args ?? [],
    })),
  );
  return words.length === 0
    ? guests
    : guests.filter(({ id }) => words.some((word) => id.includes(word)));
}

/** The environment that guests run in, natively and here. */
export const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/' };
