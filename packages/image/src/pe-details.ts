/** What only a PE file has. Plain data; RVAs are offsets from where the image lies in memory. */

export interface PeSection {
  readonly name: string;
  readonly rva: number;
  /** Bytes in memory. */
  readonly size: number;
  /** IMAGE_SCN_… as in the file. */
  readonly characteristics: number;
}

/** One function or variable that a module is asked for. */
export interface PeImport {
  /** Null when it is asked for by ordinal. */
  readonly name: string | null;
  /** The ordinal, or the hint beside a name. */
  readonly ordinal: number;
  /** RVA of the 8 bytes that get its address. */
  readonly slotRva: number;
}

export interface PeImportedModule {
  /** As in the file, with its extension. */
  readonly module: string;
  /** Resolved by the program itself at its first call. */
  readonly isDelayed: boolean;
  readonly imports: readonly PeImport[];
}

export interface PeExport {
  /** Null when it has an ordinal only. */
  readonly name: string | null;
  readonly ordinal: number;
  /** 0 for a forwarder. */
  readonly rva: number;
  /** `MODULE.Name` or `MODULE.#5` of another module; null when it is here. */
  readonly forwarder: string | null;
}

export interface PeExports {
  readonly module: string;
  readonly exports: readonly PeExport[];
}

/** Thread-local storage of the image; addresses as in the file, at its preferred base. */
export interface PeTls {
  readonly templateStart: number;
  readonly templateEnd: number;
  readonly zeroBytes: number;
  /** Address of the 4 bytes that get the image's TLS index. */
  readonly indexAddress: number;
  /** Address of the array of callbacks that ends with 0; 0 without one. */
  readonly callbacksAddress: number;
}

export interface PeDetails {
  /** Preferred address of the image, a multiple of 64 KiB. */
  readonly imageBase: number;
  /** Bytes of address space, a multiple of the section alignment. */
  readonly imageSizeBytes: number;
  readonly isLibrary: boolean;
  /** 2: with windows of its own, 3: console. */
  readonly subsystem: number;
  readonly characteristics: number;
  readonly dllCharacteristics: number;
  readonly stackReserveBytes: number;
  readonly stackCommitBytes: number;
  readonly heapReserveBytes: number;
  readonly heapCommitBytes: number;
  readonly sections: readonly PeSection[];
  readonly modules: readonly PeImportedModule[];
  readonly exports: PeExports | null;
  /** RVAs of the 64-bit addresses to be moved with the image; null when it cannot be moved. */
  readonly relocations: Uint32Array | null;
  readonly tls: PeTls | null;
  /** `.pdata` as begin, end and unwind RVA of each function, in order. */
  readonly functions: Uint32Array;
  /** RVA of that table. */
  readonly functionsRva: number;
}
