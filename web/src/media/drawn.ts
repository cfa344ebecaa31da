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
    for (const camera of this.cameras()) if (this.has(camera)) camera.setEnabled(true);
    clearTimeout(this.sweep);
    this.sweep = setTimeout(() => {
      for (const camera of this.cameras()) if (!this.has(camera)) camera.setEnabled(false);
    }, OFF_AFTER_MS);
  }

  private has({ identity }: Camera): boolean {
    return this.identities.has(identity);
  }
}
