/** The guests of test/guests/guests.json, one entry for each program and target. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const GUESTS_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../test/guests');
export const PREBUILT = join(GUESTS_FOLDER, 'prebuilt');
export const TRUTH = join(GUESTS_FOLDER, 'truth');

/** Every (guest, target) whose `name.target` contains one of `words` (all, when there are none). */
export function selectedGuests(words) {
  const { guests } = JSON.parse(readFileSync(join(GUESTS_FOLDER, 'guests.json'), 'utf8'));
  return guests
    .flatMap((guest) => guest.targets.map((target) => ({ ...guest, target })))
    .map((guest) => ({ ...guest, id: `${guest.name}.${guest.target}` }))
    .filter(({ id }) => words.length === 0 || words.some((word) => id.includes(word)));
}
