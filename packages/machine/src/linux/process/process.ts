/** One process of a guest: its memory, files, threads, and its place among the others. */
export { Process, type ProcessEnd, type ProcessParts, type ProcessStop } from './task.ts';
