/** How a value is read and shown. */
export type ValueType =
  | 'u32'
  | 'i32'
  | 'bool'
  | 'u64'
  | 'i64'
  | 'pointer'
  | 'handle'
  /** Address of a string of the ANSI code page, or of UTF-16. */
  | 'text'
  | 'wide'
  | 'f64'
  | 'f32'
  | 'status'
  | 'void'
  /** Any more arguments. */
  | 'rest';
