/** NTSTATUS values, unsigned; names and figures as in Microsoft's ntstatus.h. */
export const NT_STATUS = {
  SUCCESS: 0x00000000,
  GUARD_PAGE_VIOLATION: 0x80000001,
  ACCESS_VIOLATION: 0xc0000005,
  INVALID_PARAMETER: 0xc000000d,
  NO_MEMORY: 0xc0000017,
  CONFLICTING_ADDRESSES: 0xc0000018,
} as const;
