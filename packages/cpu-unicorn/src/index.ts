export { loadNativeUnicorn } from './native/native-unicorn.ts';
export { UnicornCpu, type UnicornCpuOptions } from './unicorn-cpu.ts';
export {
  type Unicorn,
  type UnicornLibrary,
  UnicornUnavailable,
} from './unicorn-port.ts';
