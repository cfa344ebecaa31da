/** Plays what the others say: one audio element a track, outside React, so that no redraw cuts a word. */

export class Sound {
  private readonly elements = new Map<string, HTMLAudioElement>();
  private speaker = '';

  /** `blocked` is called when the browser wants a gesture first (HTML, "allowed to play"). */
  constructor(private readonly blocked: () => void) {}

  play(id: string, track: MediaStreamTrack): void {
    this.stop(id);
    const element = document.createElement('audio');
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
    this.elements.set(id, element);
    if (this.speaker !== '') void this.route(element);
    void this.begin(element);
  }

  stop(id: string): void {
    const element = this.elements.get(id);
    if (element === undefined) return;
    element.srcObject = null;
    element.remove();
    this.elements.delete(id);
  }

  /** Call it from a click. */
  async unlock(): Promise<void> {
    await Promise.all([...this.elements.values()].map((element) => this.begin(element)));
  }

  async useSpeaker(device: string): Promise<void> {
    this.speaker = device;
    await Promise.all([...this.elements.values()].map((element) => this.route(element)));
  }

  private async begin(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
    } catch (error) {
      // AbortError only says that the track went away meanwhile.
      if ((error as DOMException).name === 'NotAllowedError') this.blocked();
    }
  }

  /** The picked loudspeaker may be gone, and some browsers cannot choose one: the system's plays on. */
  private async route(element: HTMLAudioElement): Promise<void> {
    if (!('setSinkId' in element)) return;
    await element.setSinkId(this.speaker).catch(() => undefined);
  }
}
