/**
 * What a handler finds on its stack, struct rt_sigframe of x86-64, and the way back from it.
 *
 * ```
 *   0 return address        8 uc_flags   16 uc_link   24 uc_stack: pointer, flags, size
 *  48 r8 … r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags
 * 192 cs gs fs ss   200 error   208 trap   216 old mask   224 cr2   232 -> floating point
 * 240 reserved(64)  304 uc_sigmask   312 siginfo(128)   440
 * ```
 *
 * @see arch/x86/kernel/signal_64.c and signal.c of Linux 6.18
 */
import { type Cpu, readRflags, writeRflags } from '@bareheap/cpu';
import { TASK_SIZE } from '@bareheap/platform-posix';
import type { Thread } from '../process/thread.ts';
import { FLOAT_IMAGE_BYTES, floatImage, loadFloatImage, resetFloat } from './float-image.ts';
import type { SignalAction } from './signal-action.ts';
import { SIGNAL_INFO_BYTES, type SignalInfo } from './signal-info.ts';
import { SA_ONSTACK, SA_RESTORER, SA_SIGINFO } from './signal-numbers.ts';
import { SIGNAL_SET_BYTES, SignalSet } from './signal-set.ts';
import { SIGNAL_STACK_BYTES, stackRequestFrom } from './signal-stack.ts';

const CONTEXT_AT = 8;
const STACK_AT = 24;
const REGISTERS_AT = 48;
const PC_AT = 176;
const FLAGS_AT = 184;
const SELECTORS_AT = 192;
const ERROR_AT = 200;
const TRAP_AT = 208;
const OLD_MASK_AT = 216;
const CR2_AT = 224;
const FLOAT_AT = 232;
const MASK_AT = 304;
const INFO_AT = 312;
const FRAME_BYTES = 440;

const REGISTERS = 'r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp'.split(' ');
/** UC_FP_XSTATE, UC_SIGCONTEXT_SS and UC_STRICT_RESTORE_SS. */
const CONTEXT_FLAGS = 7;
/** Selectors of 64-bit programs: CS and SS. */
const CODE_SELECTOR = 0x33;
const STACK_SELECTOR = 0x2b;
/** Bytes below the stack pointer that a function may use without moving it. */
const RED_ZONE = 128;
const FLOAT_ALIGN = 64;
const FRAME_ALIGN = 16;

const DIRECTION_FLAG = 0x400;
/** RF: set in what the processor saves at a fault. */
const RESUME_FLAG = 0x10000;
/** What sigreturn sets of RFLAGS: AC, OF, DF, TF, SF, ZF, AF, PF, CF, RF. */
const RETURNED_FLAGS = 0x40000 | 0xdd5 | RESUME_FLAG;
/** NT, AC and ID are kept beside the arithmetic flags. */
const OTHER_FLAGS = 0x4000 | 0x40000 | 0x200000;
const HIGH = 2 ** 32;

function setWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % HIGH, true);
  view.setInt32(at + 4, Math.floor(value / HIGH), true);
}

function writeRegister(cpu: Cpu, name: string, value: number): void {
  cpu.writeHalves(cpu.registerNumber(name), (value % HIGH) | 0, Math.floor(value / HIGH) | 0);
}

/** Where the frame's two parts go; null when they would leave the signal stack they are on. */
function placeFrame(thread: Thread, action: SignalAction): { frame: number; float: number } | null {
  const { cpu } = thread.process;
  const { stack } = thread.signals;
  const stackPointer = cpu.read(cpu.registerNumber('rsp'));
  let top = stackPointer - RED_ZONE;
  const isNested = stack.isRunOn(stackPointer);
  const isEntering = (action.flags & SA_ONSTACK) !== 0 && stack.state(top) === 0;
  if (isEntering) top = stack.pointer + stack.size;
  const float = Math.floor((top - FLOAT_IMAGE_BYTES) / FLOAT_ALIGN) * FLOAT_ALIGN;
  const frame = Math.floor((float - FRAME_BYTES) / FRAME_ALIGN) * FRAME_ALIGN - 8;
  if ((isNested || isEntering) && !stack.holds(frame)) return null;
  return frame > 0 && float + FLOAT_IMAGE_BYTES <= TASK_SIZE ? { frame, float } : null;
}

/** Enters a handler: its frame, its registers. False when there is no room for the frame. */
export function enterHandler(thread: Thread, action: SignalAction, info: SignalInfo): boolean {
  if ((action.flags & SA_RESTORER) === 0) return false;
  const place = placeFrame(thread, action);
  if (place === null) return false;
  const { cpu } = thread.process;
  const { frame, float } = place;
  if (!thread.memory.write(float, floatImage(cpu))) return false;
  const hasInfo = (action.flags & SA_SIGINFO) !== 0;
  const bytes = frameBytes(thread, action, float);
  bytes.set(info.bytes, INFO_AT);
  if (!thread.memory.write(frame, hasInfo ? bytes : bytes.subarray(0, INFO_AT))) return false;
  cpu.enterShadowFrame({ returnTo: cpu.pc, callee: action.handler, stackPointer: frame });
  writeRflags(cpu, readRflags(cpu) & ~DIRECTION_FLAG, OTHER_FLAGS);
  resetFloat(cpu);
  writeRegister(cpu, 'rdi', info.signal);
  writeRegister(cpu, 'rax', 0);
  writeRegister(cpu, 'rsi', frame + INFO_AT);
  writeRegister(cpu, 'rdx', frame + CONTEXT_AT);
  writeRegister(cpu, 'rsp', frame);
  cpu.pc = action.handler;
  return true;
}

function frameBytes(thread: Thread, action: SignalAction, float: number): Uint8Array<ArrayBuffer> {
  const { cpu } = thread.process;
  const { signals } = thread;
  const bytes = new Uint8Array(INFO_AT + SIGNAL_INFO_BYTES);
  const view = new DataView(bytes.buffer);
  setWord(view, 0, action.restorer);
  setWord(view, CONTEXT_AT, CONTEXT_FLAGS);
  bytes.set(signals.stack.kept(), STACK_AT);
  for (const [index, name] of REGISTERS.entries()) {
    const register = cpu.registerNumber(name);
    view.setInt32(REGISTERS_AT + index * 8, cpu.readLow(register), true);
    view.setInt32(REGISTERS_AT + index * 8 + 4, cpu.readHigh(register), true);
  }
  setWord(view, PC_AT, cpu.pc);
  const resume = signals.exception.isFresh ? RESUME_FLAG : 0;
  signals.exception.isFresh = false;
  setWord(view, FLAGS_AT, readRflags(cpu) | resume);
  view.setUint16(SELECTORS_AT, CODE_SELECTOR, true);
  view.setUint16(SELECTORS_AT + 6, STACK_SELECTOR, true);
  setWord(view, ERROR_AT, signals.exception.error);
  setWord(view, TRAP_AT, signals.exception.trap);
  setWord(view, CR2_AT, signals.exception.address);
  setWord(view, FLOAT_AT, float);
  const mask = signals.frameMask().bytes();
  bytes.set(mask, OLD_MASK_AT);
  bytes.set(mask, MASK_AT);
  return bytes;
}

/** Goes back to where the frame under the stack pointer came from; false when it is none. */
export function leaveHandler(thread: Thread): boolean {
  const { cpu } = thread.process;
  const stackPointer = cpu.read(cpu.registerNumber('rsp'));
  const frame = stackPointer - 8;
  const bytes = thread.memory.read(frame, INFO_AT);
  if (bytes === null) return false;
  const { signals } = thread;
  const mask = SignalSet.from(bytes.subarray(MASK_AT, MASK_AT + SIGNAL_SET_BYTES));
  signals.blocked.assign(mask.blockable());
  const stack = bytes.subarray(STACK_AT, STACK_AT + SIGNAL_STACK_BYTES);
  signals.stack.request(stackRequestFrom(stack), stackPointer);
  return restoreRegisters(thread, bytes);
}

function restoreRegisters(thread: Thread, bytes: Uint8Array): boolean {
  const { cpu } = thread.process;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [index, name] of REGISTERS.entries()) {
    const at = REGISTERS_AT + index * 8;
    const register = cpu.registerNumber(name);
    cpu.writeHalves(register, view.getInt32(at, true), view.getInt32(at + 4, true));
  }
  const flags = view.getInt32(FLAGS_AT, true) & RETURNED_FLAGS;
  const kept = readRflags(cpu) & ~RETURNED_FLAGS;
  writeRflags(cpu, flags | kept, OTHER_FLAGS);
  const pc = view.getInt32(PC_AT + 4, true) * HIGH + view.getUint32(PC_AT, true);
  const float = view.getInt32(FLOAT_AT + 4, true) * HIGH + view.getUint32(FLOAT_AT, true);
  if (pc < 0 || pc >= TASK_SIZE || !restoreFloat(thread, float)) return false;
  cpu.pc = pc;
  return true;
}

function restoreFloat(thread: Thread, address: number): boolean {
  const { cpu } = thread.process;
  if (address === 0) {
    resetFloat(cpu);
    return true;
  }
  return loadFloatImage(cpu, thread.memory, address);
}
