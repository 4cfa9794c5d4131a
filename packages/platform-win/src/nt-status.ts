/** NTSTATUS values, unsigned; names and figures as in Microsoft's ntstatus.h.
 * @table
 */
export const NT_STATUS = {
  SUCCESS: 0x00000000,
  GUARD_PAGE_VIOLATION: 0x80000001,
  NOT_IMPLEMENTED: 0xc0000002,
  INVALID_INFO_CLASS: 0xc0000003,
  INFO_LENGTH_MISMATCH: 0xc0000004,
  ACCESS_VIOLATION: 0xc0000005,
  IN_PAGE_ERROR: 0xc0000006,
  INVALID_HANDLE: 0xc0000008,
  INVALID_PARAMETER: 0xc000000d,
  NO_MEMORY: 0xc0000017,
  CONFLICTING_ADDRESSES: 0xc0000018,
  NOT_MAPPED_VIEW: 0xc0000019,
  INVALID_VIEW_SIZE: 0xc000001f,
  INVALID_FILE_FOR_SECTION: 0xc0000020,
  ALREADY_COMMITTED: 0xc0000021,
  ACCESS_DENIED: 0xc0000022,
  BUFFER_TOO_SMALL: 0xc0000023,
  OBJECT_TYPE_MISMATCH: 0xc0000024,
  NOT_LOCKED: 0xc000002a,
  NOT_COMMITTED: 0xc000002d,
  SECTION_TOO_BIG: 0xc0000040,
  INVALID_PAGE_PROTECTION: 0xc0000045,
  SECTION_PROTECTION: 0xc000004e,
  INSUFFICIENT_RESOURCES: 0xc000009a,
  FREE_VM_NOT_AT_BASE: 0xc000009f,
  INVALID_PARAMETER_2: 0xc00000f0,
  INVALID_PARAMETER_3: 0xc00000f1,
  INVALID_PARAMETER_4: 0xc00000f2,
  INVALID_PARAMETER_5: 0xc00000f3,
  INVALID_PARAMETER_6: 0xc00000f4,
  NOT_SAME_DEVICE: 0xc00000d4,
  INVALID_ADDRESS: 0xc0000141,
  OBJECT_NAME_NOT_FOUND: 0xc0000034,
  OBJECT_NAME_EXISTS: 0x40000000,
  SECTION_NOT_IMAGE: 0xc0000049,
  INVALID_IMAGE_NOT_MZ: 0xc000012f,
  MAPPED_FILE_SIZE_ZERO: 0xc000011e,
  COMMITMENT_LIMIT: 0xc000012d,
  MAPPED_ALIGNMENT: 0xc0000220,
} as const;

export type NtStatus = (typeof NT_STATUS)[keyof typeof NT_STATUS];

/** Whether a status is a failure: its severity is an error or a warning. */
export function isFailure(status: number): boolean {
  return status >= 0x80000000;
}

/** The name without its prefix, or hex digits. */
export function statusName(status: number): string {
  const found = Object.entries(NT_STATUS).find(([, value]) => value === status);
  return found === undefined ? `0x${status.toString(16).padStart(8, '0')}` : found[0];
}
