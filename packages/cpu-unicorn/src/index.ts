export { loadNativeUnicorn } from './native/native-unicorn.ts';
export { UnicornCpu, type UnicornCpuOptions } from './unicorn-cpu.ts';
export { unicornJs } from './unicorn-js.ts';
export {
  type BlockHook,
  type ExceptionHook,
  type Hook,
  type MemoryHook,
  type RegisterFile,
  type Unicorn,
  type UnicornLibrary,
  UnicornUnavailable,
} from './unicorn-port.ts';
