/** Flag effects that many rows share: OF SF ZF AF PF CF, in the letters of row.ts. */
export const ARITHMETIC = 'mmmmmm';
export const ARITHMETIC_CARRY = 'mmmmmT';
export const LOGIC = '0mmum0';
/** INC and DEC leave CF alone. */
export const INCREMENT = 'mmmmm-';
/** Of a shift by a count other than 0; see undefined-flags.ts for the rest. */
export const SHIFT = 'mmmumm';
export const ROTATE = 'm----m';
export const ROTATE_CARRY = 'm----T';
export const MULTIPLY = 'muuuum';
export const ALL_UNDEFINED = 'uuuuuu';
/** Sets ZF, PF and CF and clears the rest: COMISD and its kin. */
export const COMPARE_FLOAT = '00m0mm';

/** The sixteen conditions by number: the suffix of Jcc, SETcc, CMOVcc and the flags they test. */
export const CONDITIONS: readonly (readonly [suffix: string, flags: string])[] = [
  ['o', 't-----'],
  ['no', 't-----'],
  ['b', '-----t'],
  ['ae', '-----t'],
  ['e', '--t---'],
  ['ne', '--t---'],
  ['be', '--t--t'],
  ['a', '--t--t'],
  ['s', '-t----'],
  ['ns', '-t----'],
  ['p', '----t-'],
  ['np', '----t-'],
  ['l', 'tt----'],
  ['ge', 'tt----'],
  ['le', 'ttt---'],
  ['g', 'ttt---'],
];
