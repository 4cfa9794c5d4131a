/** The imports and types that every module of the JIT has, and the one function not of a region. */
import { CodeWriter } from '../wasm/code-writer.ts';
import type { ModuleShape } from '../wasm/module-writer.ts';
import { AddressEmitter } from './address-emitter.ts';
import type { AddressShape } from './address-shape.ts';
import { DEPTH, PC } from './state-layout.ts';

/** Type number of a region's function. */
export const REGION_TYPE = 0;

/** Function numbers of the imports, in the order of {@link moduleShape}. */
export const IMPORT = { load: 0, store: 1, readSystem: 2, writeSystem: 3, routine: 4 } as const;

/** Types of the imports, from type number 1 on. */
const IMPORT_TYPES: ModuleShape['types'] = [
  { parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], results: ['i32'] },
  { parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { parameters: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] },
  { parameters: ['i32'], results: [] },
];

const IMPORTS: ModuleShape['imports'] = [
  { name: 'load', type: 1 },
  { name: 'store', type: 1 },
  { name: 'readSystem', type: 2 },
  { name: 'writeSystem', type: 3 },
  { name: 'routine', type: 4 },
];

/** The shape of every module, for guests with such addresses. */
export function moduleShape({ region }: AddressShape): ModuleShape {
  return { types: [region, ...IMPORT_TYPES], imports: IMPORTS, functionType: REGION_TYPE };
}

/** Stands in a table slot whose region is not compiled: goes back at once, to the pc in PC. */
export function trampolineBody(shape: AddressShape): Uint8Array {
  const code = new CodeWriter(32);
  const addresses = new AddressEmitter(code, shape);
  code.unsigned(0);
  code.i32Const(0);
  code.localGet(0);
  code.i32Store(DEPTH);
  code.i32Const(0);
  addresses.load(PC);
  code.byte(0x0b);
  return code.finish();
}
