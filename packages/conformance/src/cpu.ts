/** The rules of the Cpu port, for `@bareheap/conformance/cpu`. */
export { CPU_RULES } from './cpu-conformance.ts';
export { type CpuRule, CpuRuleError, type CpuUnderTest } from './cpu-rule.ts';
