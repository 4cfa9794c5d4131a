/** What all processes of one guest share: time, chance, the host, the files, each other. */
export { Kernel, type KernelOptions, START_SECONDS } from './task.ts';
