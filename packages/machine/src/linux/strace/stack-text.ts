/** Where a memory call came from, under its line: the phase of the program and the calls. */
import { frameText, hexText, type Moment, type StackFrame } from '@bareheap/inspect';

/** Callers that are shown. */
const SHOWN_FRAMES = 16;

export type Phase = 'loader' | 'libc start-up' | 'before main' | 'main' | 'exit';

const LOADER = /(^|\/)(ld-linux[^/]*|ld-musl[^/]*|ld\.so[^/]*|ld-[\d.]+\.so)$/;
const EXIT = /^(exit|_exit|_Exit|quick_exit|__run_exit_handlers|_dl_fini|__cxa_finalize)$/;
const MAIN = /^(main|start_thread|thread_start)$/;
const INITIALISERS =
  /^(call_init|_dl_init|__libc_csu_init|_init|frame_dummy|_GLOBAL__sub_I_.*|__do_global_ctors_aux)$/;
const LOADER_FUNCTIONS = /^(_dl_start|_dl_start_user|_dl_sysdep_start|dl_main|_dl_main|__dls\d.*)$/;

/** What the program is at, as far as the names of its active functions tell. */
export function phaseOf(stack: readonly StackFrame[]): Phase {
  const has = (pattern: RegExp): boolean =>
    stack.some((frame) => frame.function !== null && pattern.test(frame.function));
  if (has(EXIT)) return 'exit';
  if (has(MAIN)) return 'main';
  if (has(INITIALISERS)) return 'before main';
  const outermost = stack.at(-1);
  if (outermost?.module !== undefined && LOADER.test(outermost.module)) return 'loader';
  return has(LOADER_FUNCTIONS) ? 'loader' : 'libc start-up';
}

/** ` [main]` and one line ` > main (alloc.c:42) [0x401136]` for each frame, as `strace -k` has it. */
export function stackText({ stack }: Moment): string[] {
  const frames = stack.slice(0, SHOWN_FRAMES).map((frame) => {
    const module = frame.module === undefined ? '' : `${frame.module}: `;
    const name = frame.function === null ? '?' : frameText(frame);
    return ` > ${module}${name} [${hexText(frame.pc)}]`;
  });
  const more = stack.length - SHOWN_FRAMES;
  return [` [${phaseOf(stack)}]`, ...frames, ...(more > 0 ? [` > and ${more} more`] : [])];
}
