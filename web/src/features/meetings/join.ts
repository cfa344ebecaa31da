/** The way into a meeting: preview, passcode, consent, seat. Knows nothing of React. */

import { createStore } from 'zustand/vanilla';
import { answer, api } from '@/core/api/client';
import { ApiError, isCode } from '@/core/errors';
import type { RoomPart } from '@/core/live/part';
import type { Consent } from '@/core/session';
import type { HandedOver } from '@/media';
import { currentStay, MeetingRoom, type Rejoin, type Ticket } from '@/room';
import { readPasscode } from './invitation';

export interface Secrets {
  passcode?: string;
  hostKey?: string;
}

export interface MeetingPreview {
  topic: string;
  host: string | null;
  present: number;
  /** This browser's guest, or the account, has not agreed to the texts in force; a guest agrees for each meeting. */
  needs_consent: boolean;
  /** Their name in the meeting, which they are in already. */
  known_as: string | null;
  /** What that seat sends; null where nobody can tell. */
  sending: readonly string[] | null;
  /** They are its host, and nobody has been in it yet. */
  starts: boolean;
}

export interface JoinView {
  /**
   * `unavailable`: what the link carries opens no meeting. The server gives one answer for a wrong number, a
   * wrong passcode and an ended meeting, so that nobody can find meetings by trying.
   * `failed`: whether there is such a meeting is not known; `error` says why.
   */
  step: 'looking' | 'passcode' | 'unavailable' | 'failed' | 'ready';
  /** The passcode was typed on this page: the link carried none, or one that no longer works. */
  wasPasscodeTyped: boolean;
  preview: MeetingPreview | null;
  isJoining: boolean;
  /** What went wrong last, until something else is tried. */
  error: unknown;
  /** The same person is in this meeting already, under this name. */
  seatInUse: string | null;
  /** They have decided to come in once more, as somebody that the others can tell from the first. */
  isAnother: boolean;
  /** The server wants the consent first; it stays true from then on. */
  needsConsent: boolean;
}

export interface JoinRequest {
  name: string;
  consent: Consent | null;
  takeover?: 'continue' | 'new';
}

/** Whether to ask for consent: nobody is asked twice for the same texts, and what the join answers goes before. */
export function asksConsent({ preview, needsConsent }: Pick<JoinView, 'preview' | 'needsConsent'>): boolean {
  return needsConsent || preview?.needs_consent !== false;
}

export class JoinModel {
  readonly store = createStore<JoinView>(() => ({
    step: 'looking',
    wasPasscodeTyped: false,
    preview: null,
    isJoining: false,
    error: null,
    seatInUse: null,
    isAnother: false,
    needsConsent: false,
  }));

  constructor(
    readonly number: string,
    public secrets: Secrets,
  ) {}

  /** Without a passcode the first answer only decides whether to ask for one. */
  async look(): Promise<void> {
    const { secrets } = this;
    this.store.setState({ error: null });
    try {
      const preview = await answer(
        api.POST('/api/meetings/{number}/preview', {
          params: { path: { number: this.number } },
          body: this.body,
        }),
      );
      if (secrets === this.secrets) this.store.setState({ step: 'ready', preview });
    } catch (error) {
      // Of a link before, which another was pasted over meanwhile.
      if (secrets === this.secrets) this.doorStays(error);
    }
  }

  has({ passcode, hostKey }: Secrets): boolean {
    return passcode === this.secrets.passcode && hostKey === this.secrets.hostKey;
  }

  /** Another link to the same meeting. */
  async open(secrets: Secrets): Promise<void> {
    this.secrets = secrets;
    this.store.setState({ wasPasscodeTyped: false });
    await this.lookAgain();
  }

  /** An answer to a press that is still to come is for a page that is gone by then. */
  async lookAgain(): Promise<void> {
    this.store.setState({ step: 'looking', isJoining: false });
    await this.look();
  }

  /** What cannot be one is refused here: it costs no try. */
  async tryPasscode(typed: string): Promise<void> {
    const passcode = readPasscode(typed);
    if (passcode === undefined) {
      this.store.setState({ error: new ApiError('passcode_invalid', 0, {}) });
      return;
    }
    this.secrets = { ...this.secrets, passcode };
    this.store.setState({ wasPasscodeTyped: true });
    await this.look();
  }

  /** Somebody has another passcode than the link. */
  askPasscode(): void {
    this.store.setState({ step: 'passcode', error: null });
  }

  /** Under which name is theirs to say first. */
  beAnother(): void {
    this.store.setState({ seatInUse: null, isAnother: true });
  }

  forgetError(): void {
    this.store.setState({ error: null, seatInUse: null });
  }

  /** The ticket, or null when the store says what is still missing. */
  async join(request: JoinRequest): Promise<Ticket | null> {
    // A second press, before the first one has locked the button or led in, would take a second seat.
    if (this.store.getState().isJoining) return null;
    const { secrets } = this;
    this.forgetError();
    this.store.setState({ isJoining: true });
    performance.mark('mcmeet:join');
    try {
      return await this.ask(request);
    } catch (error) {
      if (secrets !== this.secrets) return null;
      this.store.setState({ isJoining: false });
      this.refused(error);
      return null;
    }
  }

  /** Takes the ticket into the meeting; its page may be drawn at once. */
  enter(ticket: Ticket, request: JoinRequest, handed: HandedOver, parts: readonly RoomPart[]): MeetingRoom {
    // `continue` only where a press says so now: it takes the seat from the person's other device.
    const { takeover, ...alone } = request;
    const again = takeover === 'new' ? request : alone;
    const rejoin: Rejoin = (now) => {
      const name = currentName() ?? request.name;
      return this.ask(now ? { ...alone, name, takeover: now } : { ...again, name });
    };
    const stay = {
      number: this.number,
      passcode: this.secrets.passcode,
      parts,
      rejoin,
      enteredAt: Date.now(),
    };
    const { wanted, ...captured } = handed;
    const sending = { ...wanted, devices: captured.devices };
    const room = new MeetingRoom(stay, ticket.socket, sending, captured);
    room.enter({ ticket: ticket.ticket });
    currentStay.room = room;
    return room;
  }

  private ask({ name, consent, takeover }: JoinRequest): Promise<Ticket> {
    return answer(
      api.POST('/api/meetings/{number}/join', {
        params: { path: { number: this.number } },
        body: { name, ...this.body, ...(consent && { consent }), ...(takeover && { takeover }) },
      }),
    );
  }

  private refused(error: unknown): void {
    if (isCode(error, 'seat_in_use')) {
      this.store.setState({ seatInUse: String(error.data.name ?? '') });
    } else if (isCode(error, 'admission_steps')) {
      const steps = error.data.steps as readonly string[];
      if (steps.includes('passcode')) this.askPasscode();
      else if (steps.includes('consent'))
        this.store.setState({ needsConsent: true, error: new ApiError('consent_required', 0, {}) });
      else this.store.setState({ error: new ApiError('step_unknown', 0, {}) });
    } else if (isCode(error, 'meeting_not_available')) {
      // It ended while the person was still before its door.
      this.store.setState({ step: 'unavailable' });
    } else {
      this.store.setState({ error });
    }
  }

  private doorStays(error: unknown): void {
    if (isCode(error, 'meeting_not_available')) return this.closedDoor(error);
    // Who is typing a passcode keeps the form.
    this.store.setState(({ step }) => ({ step: step === 'passcode' ? step : 'failed', error }));
  }

  private closedDoor(error: ApiError): void {
    const { passcode, hostKey } = this.secrets;
    if (passcode === undefined && hostKey === undefined) this.askPasscode();
    else if (this.store.getState().wasPasscodeTyped) this.store.setState({ step: 'passcode', error });
    else this.store.setState({ step: 'unavailable' });
  }

  private get body(): { passcode?: string; host_key?: string } {
    const { passcode, hostKey } = this.secrets;
    return { ...(passcode && { passcode }), ...(hostKey && { host_key: hostKey }) };
  }
}

/** A host may have given another name than the one that was joined with. */
function currentName(): string | undefined {
  const live = (currentStay.room ?? currentStay.past?.room)?.view.getState().live;
  return live?.roster.get(live.you.seat)?.name;
}
