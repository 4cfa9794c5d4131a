/** Processor families that programs are run for. */
export type ImageMachine = 'arm' | 'riscv' | 'x86-64';
