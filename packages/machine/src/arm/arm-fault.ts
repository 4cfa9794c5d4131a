/** A fault as the exception model takes it. */
export interface ArmFault {
  readonly exception: number;
  /** Bits to set in CFSR and HFSR. */
  readonly cfsr: number;
  readonly hfsr?: number;
  /** For MMFAR or BFAR, as the VALID bits in `cfsr` say. */
  readonly address?: number;
}
