// @table
/** The 16-bit loads, stores and block transfers (Armv7-M ARM A5.2.4, A5.2.5). */
import { add, constant } from '../../ir/expression.ts';
import { loadMultiple, pop, push, storeMultiple } from './block-transfer.ts';
import { SP } from './register.ts';
import { type Lift, type Row, row } from './row.ts';
import {
  type Access,
  BYTE,
  HALF,
  literal,
  loadRegister,
  SIGNED_BYTE,
  SIGNED_HALF,
  storeRegister,
  WORD,
} from './single-transfer.ts';

function loadIndexed(access: Access): Lift {
  return (c, f) => loadRegister(c, f.t!, add(c.get(f.n!), c.get(f.m!)), access);
}

function storeIndexed(access: Access): Lift {
  return (c, f) => storeRegister(c, f.t!, add(c.get(f.n!), c.get(f.m!)), access);
}

function loadOffset(access: Access): Lift {
  return (c, f) => loadRegister(c, f.t!, add(c.get(f.n!), constant(f.i! * access.size)), access);
}

function storeOffset(access: Access): Lift {
  return (c, f) => storeRegister(c, f.t!, add(c.get(f.n!), constant(f.i! * access.size)), access);
}

const notEmpty = { valid: (f: Readonly<Record<string, number>>): boolean => f['r'] !== 0 };

export const NARROW_MEMORY: readonly Row[] = [
  row('v6m', '01001 ttt iiiiiiii', 'ldr', 'Rt, [pc, #i*4]', (c, f) =>
    loadRegister(c, f.t!, literal(c, 1, f.i! * 4), WORD),
  ),
  row('v6m', '0101 000 mmm nnn ttt', 'str', 'Rt, [Rn, Rm]', storeIndexed(WORD)),
  row('v6m', '0101 001 mmm nnn ttt', 'strh', 'Rt, [Rn, Rm]', storeIndexed(HALF)),
  row('v6m', '0101 010 mmm nnn ttt', 'strb', 'Rt, [Rn, Rm]', storeIndexed(BYTE)),
  row('v6m', '0101 011 mmm nnn ttt', 'ldrsb', 'Rt, [Rn, Rm]', loadIndexed(SIGNED_BYTE)),
  row('v6m', '0101 100 mmm nnn ttt', 'ldr', 'Rt, [Rn, Rm]', loadIndexed(WORD)),
  row('v6m', '0101 101 mmm nnn ttt', 'ldrh', 'Rt, [Rn, Rm]', loadIndexed(HALF)),
  row('v6m', '0101 110 mmm nnn ttt', 'ldrb', 'Rt, [Rn, Rm]', loadIndexed(BYTE)),
  row('v6m', '0101 111 mmm nnn ttt', 'ldrsh', 'Rt, [Rn, Rm]', loadIndexed(SIGNED_HALF)),
  row('v6m', '01100 iiiii nnn ttt', 'str', 'Rt, [Rn, #i*4]', storeOffset(WORD)),
  row('v6m', '01101 iiiii nnn ttt', 'ldr', 'Rt, [Rn, #i*4]', loadOffset(WORD)),
  row('v6m', '01110 iiiii nnn ttt', 'strb', 'Rt, [Rn, #i]', storeOffset(BYTE)),
  row('v6m', '01111 iiiii nnn ttt', 'ldrb', 'Rt, [Rn, #i]', loadOffset(BYTE)),
  row('v6m', '10000 iiiii nnn ttt', 'strh', 'Rt, [Rn, #i*2]', storeOffset(HALF)),
  row('v6m', '10001 iiiii nnn ttt', 'ldrh', 'Rt, [Rn, #i*2]', loadOffset(HALF)),
  row('v6m', '10010 ttt iiiiiiii', 'str', 'Rt, [sp, #i*4]', (c, f) =>
    storeRegister(c, f.t!, add(c.get(SP), constant(f.i! * 4)), WORD),
  ),
  row('v6m', '10011 ttt iiiiiiii', 'ldr', 'Rt, [sp, #i*4]', (c, f) =>
    loadRegister(c, f.t!, add(c.get(SP), constant(f.i! * 4)), WORD),
  ),
  row('v6m', '1011010 rrrrrrrrr', 'push', '{r+lr}', (c, f) => push(c, f.r!), notEmpty),
  row('v6m', '1011110 rrrrrrrrr', 'pop', '{r+pc}', (c, f) => pop(c, f.r!), notEmpty),
  row(
    'v6m',
    '11000 nnn rrrrrrrr',
    'stm',
    'Rn!, {r}',
    (c, f) => storeMultiple(c, { base: f.n!, list: f.r!, writeBack: true, before: false }),
    notEmpty,
  ),
  row(
    'v6m',
    '11001 nnn rrrrrrrr',
    'ldm',
    'Rn, {r}',
    (c, f) =>
      loadMultiple(c, {
        base: f.n!,
        list: f.r!,
        writeBack: ((f.r! >> f.n!) & 1) === 0,
        before: false,
      }),
    notEmpty,
  ),
];
