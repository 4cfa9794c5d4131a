/** When V8 optimises our code; bin/bundle.js lets it begin late, which serves short runs. */
import { setFlagsFromString } from 'node:v8';

/** Guest instructions after which a run is a long one: what started the guest is over. */
export const LONG_RUN = 4_000_000;

/** Has functions optimised about as early as V8 would by itself. */
export function optimiseSoon(): void {
  setFlagsFromString('--interrupt-budget=135000');
}
