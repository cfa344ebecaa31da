/**
 * The socket of a meeting: says hello, answers for silence, comes back by itself, repeats what was not
 * acknowledged. It keeps no meeting state; `state.ts` does.
 */

import { ApiError } from '../errors';
import type { Commands, CommandType } from './messages';
import {
  CLOSE,
  SUBPROTOCOL,
  type Ack,
  type Hello,
  type LiveEvent,
  type Refusal,
  type Resumed,
  type ServerFrame,
  type Welcome,
} from './protocol';

const PING_EVERY_MS = 5_000;
const WATCH_EVERY_MS = 1_000;
const LOST_AFTER_MS = 12_000;
/** `WebSocket.OPEN`. */
const OPEN = 1;
const NO_CLOSE_FRAME = 1006;
const HELLO_ANSWER_MS = 5_000;
/** The first try is immediate: most losses are one dropped connection. */
const RETRY_AFTER_MS = [0, 300, 1_000, 2_000, 3_800] as const;
/** A connection that lived this long counts as good; one that keeps dying sooner waits longer each time. */
const GOOD_AFTER_MS = 5_000;
/** Spreads the returns of many pages after a server restart; the longest wait stays below 5 s. */
const RETRY_JITTER = 0.3;

export type Ending = 'ended' | 'removed' | 'replaced' | 'left' | 'rejoin';

export type LiveStatus =
  | { kind: 'connecting' }
  | { kind: 'open' }
  | { kind: 'lost' }
  | { kind: 'over'; why: Ending };

export type Credential = { ticket: string } | { resume: string };

export interface LiveListener {
  welcome(frame: Welcome): void;
  resumed(frame: Resumed): void;
  event(event: LiveEvent): void;
  status(status: LiveStatus): void;
}

export type SocketFactory = (url: string, protocol: string) => WebSocket;

interface Pending {
  id: number;
  type: CommandType;
  data: unknown;
  /** It may have reached the server. */
  sent: boolean;
  resolve(data: unknown): void;
  reject(error: ApiError): void;
}

const ENDINGS: Readonly<Record<number, Ending>> = {
  [CLOSE.ended]: 'ended',
  [CLOSE.removed]: 'removed',
  [CLOSE.replaced]: 'replaced',
  [CLOSE.left]: 'left',
  [CLOSE.rejoin]: 'rejoin',
  [CLOSE.helloRefused]: 'rejoin',
};

/** How long to wait after `failures` tries in a row that came to nothing. */
export function retryAfterMs(failures: number): number {
  const wait = RETRY_AFTER_MS[Math.min(failures, RETRY_AFTER_MS.length - 1)] ?? 0;
  return wait * (1 + RETRY_JITTER * Math.random());
}

/** What becomes of a command that this connection will not carry any more. */
function refusal(why: Ending, isSent: boolean): ApiError {
  const lost = isSent ? 'outcome_unknown' : 'not_sent';
  return new ApiError(why === 'rejoin' ? lost : 'meeting_over', 0, {});
}

export class LiveSocket {
  private socket: WebSocket | null = null;
  private credential: Credential | null = null;
  private position: { epoch: string; seq: number } | null = null;
  private pending: Pending[] = [];
  private lastId = 0;
  private failures = 0;
  private answeredAt: number | null = null;
  private heardAt = 0;
  private pingedAt = 0;
  private ending: Ending | null = null;
  private watchTimer: ReturnType<typeof setInterval> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly listener: LiveListener,
    private readonly open: SocketFactory = (url, protocol) => new WebSocket(url, protocol),
  ) {}

  connect(credential: Credential): void {
    this.credential = credential;
    this.listener.status({ kind: 'connecting' });
    this.dial();
  }

  /**
   * Rejects with ApiError. A lost connection does not reject: after `resumed` the command is repeated under
   * its id. After a fresh `welcome` or a new join ids mean nothing any more: what may have arrived is
   * `outcome_unknown`, and what has not is `not_sent` where the page joins anew.
   */
  send<T extends CommandType>(type: T, data: Commands[T]['data']): Promise<Commands[T]['answer']> {
    if (this.ending !== null) return Promise.reject(refusal(this.ending, false));
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const command: Pending = { id, type, data, sent: false, resolve, reject };
      this.pending.push(command);
      if (this.answeredAt !== null) this.writeCommand(command);
    });
  }

  /**
   * The browser says that there is no network: the silence is not waited for. A server that is reached all the same,
   * one on this machine, answers the first try.
   */
  lostNetwork(): void {
    if (this.socket !== null && this.answeredAt !== null) this.drop(this.socket);
  }

  /** The network came back: do not sit out the rest of the wait. */
  retryNow(): void {
    if (this.ending !== null || this.credential === null || this.answeredAt !== null) return;
    // A ticket is good for one hello.
    if (this.socket !== null && 'ticket' in this.credential) return;
    // A try from before may wait for an answer that the dead network has swallowed.
    const stale = this.socket;
    this.socket = null;
    clearInterval(this.watchTimer);
    stale?.close();
    this.dial();
  }

  /** Ends this connection for good, without a word to the server (`live.leave` is the word). */
  close(why: Ending = 'left'): void {
    this.finish(why);
  }

  private dial(): void {
    clearTimeout(this.retryTimer);
    this.answeredAt = null;
    this.heardAt = this.pingedAt = performance.now();
    const socket = this.open(this.url, SUBPROTOCOL);
    this.socket = socket;
    socket.onopen = () => this.write(this.hello());
    socket.onmessage = (message) => this.receive(socket, message.data as string);
    socket.onclose = (close) => this.closed(socket, close.code);
    this.watchTimer = setInterval(() => this.watch(socket), WATCH_EVERY_MS);
  }

  private hello(): Hello {
    const credential = this.credential;
    if (credential === null) throw new Error('hello before connect');
    if ('ticket' in credential) return { type: 'hello', ticket: credential.ticket, capabilities: [] };
    return { type: 'hello', resume: credential.resume, ...this.position, capabilities: [] };
  }

  /** A dead network closes nothing by itself: silence is what tells. */
  private watch(socket: WebSocket): void {
    const now = performance.now();
    if (now - this.heardAt >= (this.answeredAt === null ? HELLO_ANSWER_MS : LOST_AFTER_MS))
      return this.drop(socket);
    if (this.answeredAt !== null && now - this.pingedAt >= PING_EVERY_MS) {
      this.pingedAt = now;
      this.write({ type: 'ping' });
    }
  }

  private drop(socket: WebSocket): void {
    this.closed(socket, NO_CLOSE_FRAME);
    socket.close();
  }

  private write(frame: object): boolean {
    if (this.socket?.readyState !== OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private writeCommand(command: Pending): void {
    const { id, type, data } = command;
    if (this.write({ id, type, data })) command.sent = true;
  }

  private receive(socket: WebSocket, text: string): void {
    if (socket !== this.socket) return;
    this.heardAt = performance.now();
    const frame = JSON.parse(text) as ServerFrame;
    if ('ack' in frame) return this.settle(frame);
    if ('re' in frame) return this.settle(frame);
    if (frame.type === 'pong') return;
    if (frame.type === 'welcome') return this.greeted(frame as Welcome);
    if (frame.type === 'resumed') return this.greeted(frame as Resumed);
    this.deliver(frame as LiveEvent);
  }

  private greeted(frame: Welcome | Resumed): void {
    this.credential = { resume: frame.resume };
    // After `resumed` the missed events follow, so the position stays where this page had stopped.
    if (frame.type === 'welcome') this.position = { epoch: frame.epoch, seq: frame.seq };
    this.answeredAt = performance.now();
    if (frame.type === 'welcome') this.listener.welcome(frame);
    else this.listener.resumed(frame);
    this.listener.status({ kind: 'open' });
    if (frame.type === 'welcome') this.rejectSent();
    for (const command of this.pending) this.writeCommand(command);
  }

  private rejectSent(): void {
    const sent = this.pending.filter((command) => command.sent);
    this.pending = this.pending.filter((command) => !command.sent);
    for (const command of sent) command.reject(new ApiError('outcome_unknown', 0, {}));
  }

  private deliver(event: LiveEvent): void {
    if (typeof event.seq === 'number' && this.position !== null) {
      if (event.seq <= this.position.seq) return;
      this.position.seq = event.seq;
    }
    this.listener.event(event);
  }

  private settle(frame: Ack | Refusal): void {
    const id = 'ack' in frame ? frame.ack : frame.re;
    const command = this.pending.find((candidate) => candidate.id === id);
    if (command === undefined) return;
    this.pending = this.pending.filter((candidate) => candidate !== command);
    if ('ack' in frame) command.resolve(frame.data);
    else command.reject(new ApiError(frame.error.code, 0, frame.error.data));
  }

  private closed(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return;
    clearInterval(this.watchTimer);
    this.socket = null;
    const why = ENDINGS[code];
    if (why !== undefined) return this.finish(why);
    if (this.answeredAt !== null && performance.now() - this.answeredAt >= GOOD_AFTER_MS) this.failures = 0;
    // A ticket is good for one hello; without a welcome there is nothing to resume.
    if (this.failures > 0 && this.credential !== null && 'ticket' in this.credential)
      return this.finish('rejoin');
    // Our own frame was at fault: come back with a fresh view instead of the same state.
    if (code === CLOSE.malformed) this.position = null;
    this.retry();
  }

  private retry(): void {
    this.answeredAt = null;
    this.listener.status({ kind: 'lost' });
    this.retryTimer = setTimeout(() => this.dial(), retryAfterMs(this.failures));
    this.failures += 1;
  }

  private finish(why: Ending): void {
    if (this.ending !== null) return;
    this.ending = why;
    clearInterval(this.watchTimer);
    clearTimeout(this.retryTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    for (const { sent, reject } of this.pending) reject(refusal(why, sent));
    this.pending = [];
    this.listener.status({ kind: 'over', why });
  }
}
