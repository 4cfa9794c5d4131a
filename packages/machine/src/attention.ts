/**
 * A bell for the run loop: whoever changed something that may make an exception due rings it, and
 * the engine comes back at the next instruction.
 */
export class Attention {
  private stop: (() => void) | null = null;

  attach(engine: { requestStop(): void }): void {
    this.stop = () => engine.requestStop();
  }

  request(): void {
    this.stop?.();
  }
}
