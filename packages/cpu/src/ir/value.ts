/** Types of values, and what a row of an operation table says. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** A constant's run-time form: number for i32, f32 and f64, bigint for i64. */
export type Value = number | bigint;

export interface Operation {
  readonly name: string;
  readonly opcode: number;
  readonly operands: readonly ValueType[];
  readonly result: ValueType;
  readonly evaluate: (a: never, b: never) => Value;
  /** A byte behind the opcode: a lane. */
  readonly immediate?: number;
}
