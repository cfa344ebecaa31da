/** A meeting as this page sees it: socket + state, as one store that React and tests read alike. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Commands, CommandType } from './messages';
import { dropCredential, readCredential, writeCredential, type SeatCredential } from './credential';
import type { LiveEvent, Resumed, Welcome } from './protocol';
import { LiveSocket, type Credential, type Ending, type LiveStatus, type SocketFactory } from './socket';
import {
  applyEvent,
  fromResumed,
  fromWelcome,
  withoutTransient,
  type LiveFeatures,
  type LiveState,
} from './state';

export interface LiveView {
  status: LiveStatus;
  /** Null until the first welcome. */
  live: LiveState | null;
}

export type EventHandler = (event: LiveEvent, before: LiveState, after: LiveState) => void;

interface Options {
  number: string;
  socket: string;
  features: LiveFeatures;
  /** When this tab entered the meeting (ms since 1970). */
  enteredAt: number;
  open?: SocketFactory;
}

export class LiveSession {
  readonly store: StoreApi<LiveView> = createStore<LiveView>(() => ({
    status: { kind: 'connecting' },
    live: null,
  }));
  private readonly socket: LiveSocket;
  private readonly handlers = new Set<EventHandler>();
  /** The credential of this seat that the tab's storage was given last. */
  private resume: string | null = null;

  constructor(private readonly options: Options) {
    this.socket = new LiveSocket(
      options.socket,
      {
        welcome: (frame) => this.welcomed(frame),
        resumed: (frame) => this.resumed(frame),
        event: (event) => this.happened(event),
        status: (status) => this.changed(status),
      },
      options.open,
    );
  }

  /** The seat that this tab had in the meeting before it was reloaded. */
  static stored(number: string): SeatCredential | null {
    return readCredential(number);
  }

  connect(credential: Credential): void {
    globalThis.addEventListener?.('online', this.online);
    globalThis.addEventListener?.('offline', this.offline);
    if ('resume' in credential) this.resume = credential.resume;
    this.socket.connect(credential);
  }

  send<T extends CommandType>(type: T, data: Commands[T]['data']): Promise<Commands[T]['answer']> {
    return this.socket.send(type, data);
  }

  /** Called for each event that is new to this page, after the state has taken it in. */
  onEvent(handler: EventHandler): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  close(why: Ending = 'left'): void {
    this.socket.close(why);
  }

  private readonly online = (): void => this.socket.retryNow();
  private readonly offline = (): void => this.socket.lostNetwork();

  private welcomed(frame: Welcome): void {
    this.keep(frame.resume);
    this.store.setState({ live: fromWelcome(frame, this.options.features) });
  }

  private resumed(frame: Resumed): void {
    this.keep(frame.resume);
    const { live } = this.store.getState();
    if (live !== null) this.store.setState({ live: fromResumed(live, frame) });
  }

  private happened(event: LiveEvent): void {
    const before = this.store.getState().live;
    if (before === null) return;
    const after = applyEvent(before, event, this.options.features);
    if (after !== before) this.store.setState({ live: after });
    for (const handler of this.handlers) handler(event, before, after);
  }

  private changed(status: LiveStatus): void {
    if (status.kind === 'over') {
      globalThis.removeEventListener?.('online', this.online);
      globalThis.removeEventListener?.('offline', this.offline);
      if (this.resume !== null) dropCredential({ number: this.options.number, resume: this.resume });
    }
    const { live } = this.store.getState();
    const isCut = status.kind === 'lost' && live !== null;
    this.store.setState(isCut ? { status, live: withoutTransient(live, this.options.features) } : { status });
  }

  private keep(resume: string): void {
    this.resume = resume;
    const { number, socket, enteredAt } = this.options;
    writeCredential({ number, socket, resume, enteredAt });
  }
}
