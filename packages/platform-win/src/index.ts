export { NT_STATUS } from './nt-status.ts';
