/** The registers of a memory protection unit, as the system control space shows them. */
export interface Mpu {
  readType(): number;
  readControl(): number;
  writeControl(value: number): void;
  readNumber(): number;
  writeNumber(value: number): void;
  readBase(): number;
  writeBase(value: number): void;
  readAttributes(): number;
  writeAttributes(value: number): void;
}
