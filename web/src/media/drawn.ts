/** Whose cameras the page draws. The others are not sent to it (`track_setting`, docs/protocol-rtc.md). */

/** Longer than a person needs to turn a page and come back. */
const OFF_AFTER_MS = 1_000;

export interface Camera {
  identity: string;
  setEnabled(isEnabled: boolean): void;
}

export class Drawn {
  private readonly identities = new Set<string>();
  private cameras: () => readonly Camera[] = () => [];
  /** When each camera goes off that is not drawn; of a clock that nobody sets. */
  private offAt = new Map<string, number>();
  private sweep: ReturnType<typeof setTimeout> | undefined;

  /** Called for the cameras there are, each time that something changes. */
  follow(cameras: () => readonly Camera[]): void {
    this.cameras = cameras;
    this.settle();
  }

  /** Returns the end of it. */
  show(identity: string): () => void {
    this.identities.add(identity);
    this.settle();
    return () => {
      this.identities.delete(identity);
      this.settle();
    };
  }

  /** On at once; off later, so that turning pages does not flicker. To be called, too, when a camera has come. */
  settle(): void {
    const now = performance.now();
    const offAt = new Map<string, number>();
    for (const camera of this.cameras()) {
      const { identity } = camera;
      if (this.identities.has(identity)) {
        camera.setEnabled(true);
        continue;
      }
      const due = this.offAt.get(identity) ?? now + OFF_AFTER_MS;
      offAt.set(identity, due);
      if (due <= now) camera.setEnabled(false);
    }
    this.offAt = offAt;
    this.settleAt(Math.min(...[...offAt.values()].filter((due) => due > now)) - now);
  }

  private settleAt(waitMs: number): void {
    clearTimeout(this.sweep);
    if (waitMs < Infinity) this.sweep = setTimeout(() => this.settle(), waitMs);
  }
}
