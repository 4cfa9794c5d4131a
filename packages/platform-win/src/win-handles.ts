/** Handles of a process: small numbers, multiples of 4, for what the system keeps. */

/** What a handle stands for. */
export interface HandleObject {
  readonly kind: string;
  close(): void;
  /**
   * What a second handle stands for; without it the object itself.
   *
   * @param access  the rights that it has, or null for those of this one
   */
  duplicate?(access: number | null): HandleObject;
}

export class WinHandles {
  private readonly objects = new Map<number, HandleObject>();
  private next = 4;

  /** How many are open. */
  get count(): number {
    return this.objects.size;
  }

  /** A new handle. */
  open(object: HandleObject): number {
    const handle = this.next;
    this.next += 4;
    this.objects.set(handle, object);
    return handle;
  }

  /** What a handle stands for, or null. */
  get(handle: number): HandleObject | null {
    return this.objects.get(handle) ?? null;
  }

  /** Another handle of what one stands for; 0 when that is none. */
  duplicate(handle: number, access: number | null): number {
    const object = this.objects.get(handle);
    return object === undefined ? 0 : this.open(object.duplicate?.(access) ?? object);
  }

  /** Ends a handle; false when it is none. */
  close(handle: number): boolean {
    const object = this.objects.get(handle);
    if (object === undefined) return false;
    this.objects.delete(handle);
    object.close();
    return true;
  }

  closeAll(): void {
    for (const handle of [...this.objects.keys()]) this.close(handle);
  }
}
