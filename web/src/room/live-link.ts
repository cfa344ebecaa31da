/** The way to the meeting: one live session after another, joined anew when a seat's credential is of no use. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import { ApiError, isCode, retryAfter, UNREACHABLE } from '@/core/errors';
import { LiveSession, type EventHandler, type LiveView } from '@/core/live/session';
import { retryAfterMs, type Credential, type Ending, type LiveStatus } from '@/core/live/socket';
import type { Stay } from './meeting-room';

const LEAVE_WITHIN_MS = 1_000;
const TOO_MANY_REQUESTS = 429;

export interface Ticket {
  ticket: string;
  socket: string;
  /** What the page sends whose seat is taken over. */
  sending: readonly string[] | null;
}

/** Asks for a ticket for the same person; `continue` takes the seat from the page that has it now. */
export type Rejoin = (takeover?: 'continue') => Promise<Ticket>;

export class LiveLink {
  /** As the page draws it: whoever was in the meeting is coming back to it, by whichever session. */
  readonly store: StoreApi<LiveView> = createStore<LiveView>(() => ({
    status: { kind: 'connecting' },
    live: null,
  }));
  private readonly handlers = new Set<EventHandler>();
  private session: LiveSession;
  /** Tries to join again since the last welcome, whether the request or its socket came to nothing. */
  private tries = 0;

  constructor(
    private readonly stay: Stay,
    socket: string,
  ) {
    this.session = this.listenTo(socket);
  }

  connect(credential: Credential): void {
    this.session.connect(credential);
  }

  /** Rejects with ApiError: `meeting_over` once nothing leads back, though the session hoped for a new join. */
  readonly send: LiveSession['send'] = (type, data) =>
    this.session.send(type, data).catch((error: unknown) => {
      throw this.isOver ? new ApiError('meeting_over', 0, {}) : error;
    });

  /** Called for each event of the meeting, after a rejoin too. */
  onEvent(handler: EventHandler): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  /** The page does not wait for the server's word: it is gone at once. */
  leave(): void {
    const { session } = this;
    session.send('live.leave', {}).catch(() => undefined);
    setTimeout(() => session.close('left'), LEAVE_WITHIN_MS);
    this.over('left');
  }

  private listenTo(socket: string): LiveSession {
    const features = this.stay.parts.flatMap(({ live }) => live ?? []);
    const { number, enteredAt } = this.stay;
    const session = new LiveSession({ number, socket, features, enteredAt });
    session.store.subscribe((now) => this.changed(session, now));
    session.onEvent((...happened) => {
      for (const handler of this.handlers) handler(...happened);
    });
    return session;
  }

  private changed(session: LiveSession, { status, live }: LiveView): void {
    if (session !== this.session || this.isOver) return;
    if (status.kind === 'over') return this.ended(status.why);
    if (status.kind === 'open') this.tries = 0;
    const shown = this.shownStatus(status);
    this.store.setState(live === null ? { status: shown } : { status: shown, live });
  }

  private shownStatus(status: LiveStatus): LiveStatus {
    const { status: before, live } = this.store.getState();
    if (live === null || status.kind !== 'connecting') return status;
    return before.kind === 'lost' ? before : { kind: 'lost' };
  }

  private ended(why: Ending): void {
    const { rejoin } = this.stay;
    if (why !== 'rejoin' || rejoin === null) return this.over(why);
    this.store.setState({ status: { kind: 'lost' } });
    this.rejoinLater(rejoin);
  }

  /** The first try is immediate. What the server asks us to wait comes on top, so that its spread is kept. */
  private rejoinLater(ask: Rejoin, askedMs = 0): void {
    setTimeout(() => void this.rejoin(ask), askedMs + retryAfterMs(this.tries));
    this.tries += 1;
  }

  private async rejoin(ask: Rejoin): Promise<void> {
    if (this.isOver) return;
    try {
      const { ticket, socket } = await ask();
      // Whoever left meanwhile does not come back: a ticket that nobody uses keeps no seat.
      if (this.isOver) return;
      this.session = this.listenTo(socket);
      this.session.connect({ ticket });
    } catch (error) {
      if (isPassing(error)) this.rejoinLater(ask, (retryAfter(error) ?? 0) * 1_000);
      else this.over(isCode(error, 'seat_in_use') ? 'replaced' : 'rejoin');
    }
  }

  private get isOver(): boolean {
    return this.store.getState().status.kind === 'over';
  }

  private over(why: Ending): void {
    if (!this.isOver) this.store.setState({ status: { kind: 'over', why } });
  }
}

/** Whether the same request may well succeed a little later: the server is away, starting or busy. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === UNREACHABLE || error.status >= 500 || error.status === TOO_MANY_REQUESTS;
}
