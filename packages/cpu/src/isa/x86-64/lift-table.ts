/** What lifts an instruction of the table, by its mnemonic. */
import type { Lifting } from './lifting.ts';

export type Lift = (c: Lifting) => void;

export type LiftTable = Readonly<Record<string, Lift>>;
