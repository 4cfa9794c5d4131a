/**
 * What one system call of Linux is: a row with its name, its number, what a trace needs to print
 * it, and what it does. Rows are in tables by family; system-call-table.ts puts them together.
 */
export {
  type ArgumentFormat,
  BLOCKED,
  REGISTERS_SET,
  type ResultFormat,
  type Words,
} from './call-format.ts';
export type { SystemCall } from './process/task.ts';
