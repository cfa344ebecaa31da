import { afterEach, expect, test, vi } from 'vitest';
import { api } from '@/core/api/client';
import { ApiError } from '@/core/errors';
import { asksConsent, JoinModel } from './join';

const NUMBER = '123456789';
const PREVIEW = {
  number: NUMBER,
  topic: '产品周会',
  host: '林晓',
  present: 2,
  needs_consent: true,
  known_as: null,
  sending: null,
  starts: false,
};

/** The server's answers, one a request. */
function serverSays(...answers: Array<{ status: number; body?: object } | 'nothing'>): void {
  const post = vi.spyOn(api, 'POST');
  for (const said of answers) {
    if (said === 'nothing') post.mockRejectedValueOnce(new ApiError('unreachable', 0, {}));
    else {
      const response = new Response(null, { status: said.status });
      const body = response.ok ? { data: said.body } : { error: said.body };
      post.mockResolvedValueOnce({ ...body, response } as never);
    }
  }
}

vi.mock('@/media', async () => ({
  ...(await vi.importActual<object>('@/media/view')),
  ...(await vi.importActual<object>('@/media/drawn')),
  loadRoomSession: () => new Promise(() => undefined),
}));

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('without a passcode a closed door asks for one and blames nobody', async () => {
  serverSays({ status: 404, body: { code: 'meeting_not_available' } });
  const model = new JoinModel(NUMBER, {});
  await model.look();
  expect(model.store.getState()).toMatchObject({ step: 'passcode', error: null });
});

test.each([{ passcode: '048213' }, { hostKey: 'one-time' }])(
  'a link that carries %j and opens nothing is told so, and asks for no passcode',
  async (secrets) => {
    serverSays({ status: 404, body: { code: 'meeting_not_available' } });
    const model = new JoinModel(NUMBER, secrets);
    await model.look();
    expect(model.store.getState()).toMatchObject({ step: 'unavailable', error: null });
  },
);

test('who has another passcode than the link may type it, and a wrong one is said at the field', async () => {
  const closed = { status: 404, body: { code: 'meeting_not_available' } };
  serverSays(closed, closed, { status: 200, body: PREVIEW });
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  await model.look();
  model.askPasscode();
  expect(model.store.getState()).toMatchObject({ step: 'passcode', error: null });
  await model.tryPasscode('000000');
  expect(model.store.getState()).toMatchObject({
    step: 'passcode',
    error: { code: 'meeting_not_available' },
  });
  await model.tryPasscode('111111');
  expect(model.store.getState()).toMatchObject({ step: 'ready', wasPasscodeTyped: true });
});

test('a press beside the first one, or after it has led in, takes no second seat; after a refusal it is one again', async () => {
  const joined = { ticket: 't', socket: 'wss://meet.example/api/live', seat: 1 };
  serverSays({ status: 503, body: { code: 'not_saved' } }, { status: 200, body: joined });
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  const press = () => model.join({ name: '周航', consent: null });
  expect(await Promise.all([press(), press()])).toEqual([null, null]);
  expect(api.POST).toHaveBeenCalledTimes(1);
  expect(await Promise.all([press(), press()])).toEqual([joined, null]);
  expect(await press()).toBeNull();
  expect(api.POST).toHaveBeenCalledTimes(2);
});

test.each(['', '   ', '04821', '0482133', 'abcdef', '会议密码'])(
  'a passcode typed as %j is refused without asking the server',
  async (typed) => {
    serverSays({ status: 404, body: { code: 'meeting_not_available' } });
    const model = new JoinModel(NUMBER, {});
    await model.look();
    await model.tryPasscode(typed);
    expect(model.store.getState()).toMatchObject({ step: 'passcode', error: { code: 'passcode_invalid' } });
    expect(api.POST).toHaveBeenCalledTimes(1);
  },
);

test('a passcode is sent as its digits, however it was typed', async () => {
  serverSays({ status: 200, body: PREVIEW });
  const model = new JoinModel(NUMBER, {});
  await model.tryPasscode('０４８ 213');
  expect(vi.mocked(api.POST).mock.calls[0]?.[1]).toMatchObject({ body: { passcode: '048213' } });
});

test('who joins as somebody else is asked for a name first', async () => {
  serverSays({ status: 409, body: { code: 'seat_in_use', data: { seat: 2, name: '林晓' } } });
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  expect(await model.join({ name: '林晓', consent: null })).toBeNull();
  model.beAnother();
  expect(model.store.getState()).toMatchObject({ seatInUse: null, isAnother: true });
  model.forgetError();
  expect(model.store.getState().isAnother).toBe(true);
  expect(api.POST).toHaveBeenCalledTimes(1);
});

test('a meeting that ends while somebody is before its door is said to be over', async () => {
  serverSays({ status: 200, body: PREVIEW }, { status: 404, body: { code: 'meeting_not_available' } });
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  await model.look();
  expect(await model.join({ name: '周航', consent: null })).toBeNull();
  expect(model.store.getState()).toMatchObject({ step: 'unavailable', error: null });
});

test.each([
  ['a server that is away', 'nothing', 'unreachable'],
  ['a server that has trouble', { status: 500 }, 'internal_error'],
  ['too many tries', { status: 429, body: { code: 'too_many_requests' } }, 'too_many_requests'],
] as const)('%s is no wrong passcode, and one may try again', async (_, said, code) => {
  serverSays(said, { status: 200, body: PREVIEW });
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  await model.look();
  expect(model.store.getState()).toMatchObject({ step: 'failed', error: { code } });
  await model.lookAgain();
  expect(model.store.getState()).toMatchObject({ step: 'ready', error: null, preview: PREVIEW });
});

test('who is typing a passcode keeps the form when the server is away', async () => {
  serverSays({ status: 404, body: { code: 'meeting_not_available' } }, 'nothing');
  const model = new JoinModel(NUMBER, {});
  await model.look();
  await model.tryPasscode('048213');
  expect(model.store.getState()).toMatchObject({ step: 'passcode', error: { code: 'unreachable' } });
});

test('a consent that is asked for is said, and stays asked for while the name is corrected', async () => {
  serverSays({ status: 409, body: { code: 'admission_steps', data: { steps: ['consent'] } } });
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  expect(await model.join({ name: '林晓', consent: null })).toBeNull();
  expect(model.store.getState()).toMatchObject({ needsConsent: true, error: { code: 'consent_required' } });
  model.forgetError();
  expect(model.store.getState()).toMatchObject({ needsConsent: true, error: null });
});

test('consent is asked for once, and again where the join wants it', async () => {
  const wantsConsent = { status: 409, body: { code: 'admission_steps', data: { steps: ['consent'] } } };
  const known = { ...PREVIEW, needs_consent: false };
  serverSays({ status: 200, body: PREVIEW }, { status: 200, body: known }, wantsConsent);
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  expect(asksConsent(model.store.getState())).toBe(true);
  await model.look();
  expect(asksConsent(model.store.getState())).toBe(true);
  await model.look();
  expect(asksConsent(model.store.getState())).toBe(false);
  expect(await model.join({ name: '周航', consent: null })).toBeNull();
  expect(asksConsent(model.store.getState())).toBe(true);
});

const NO_DEVICES = {
  microphone: null,
  camera: null,
  devices: { microphone: '', camera: '', speaker: '' },
  wanted: { microphone: false, camera: false },
};

test.each([
  [undefined, undefined],
  ['continue', undefined],
  ['new', 'new'],
] as const)('a page that joined with takeover %s joins again with %s', async (takeover, later) => {
  vi.stubGlobal('WebSocket', EventTarget);
  vi.stubGlobal('window', {});
  serverSays({ status: 200, body: { ticket: 'T2', socket: 'ws://here' } });
  const request = { name: '周航', consent: null, ...(takeover && { takeover }) };
  const ticket = { ticket: 'T', socket: 'ws://here', sending: null };
  const room = new JoinModel(NUMBER, { passcode: '048213' }).enter(ticket, request, NO_DEVICES, []);
  await room.stay.rejoin?.();
  const [, asked] = vi.mocked(api.POST).mock.calls[0] as unknown as [string, { body: object }];
  expect(asked.body).toEqual({ name: '周航', passcode: '048213', ...(later && { takeover: later }) });
  room.leave();
});

test.each([
  [['consent'], 'consent_required', true],
  [['notice_of_recording'], 'step_unknown', false],
] as const)('steps %j before the door are named %s', async (steps, code, needsConsent) => {
  serverSays({ status: 409, body: { code: 'admission_steps', data: { steps } } });
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  expect(await model.join({ name: '周航', consent: null })).toBeNull();
  expect(model.store.getState()).toMatchObject({ error: { code }, needsConsent });
});

test('a device that still opens at the click goes on to open in the room', () => {
  vi.stubGlobal('WebSocket', EventTarget);
  vi.stubGlobal('window', {});
  const ticket = { ticket: 'T', socket: 'ws://here', sending: null };
  const handed = { ...NO_DEVICES, wanted: { microphone: true, camera: false } };
  const room = new JoinModel(NUMBER, {}).enter(ticket, { name: '周航', consent: null }, handed, []);
  expect(room.view.getState().sending).toMatchObject({ microphone: true, camera: false });
  room.leave();
});

test('the answer to a link that another was pasted over says nothing any more', async () => {
  let answerFirst!: () => void;
  const first = new Promise<void>((resolve) => (answerFirst = resolve));
  const closed = new Response(null, { status: 404 });
  vi.spyOn(api, 'POST')
    .mockImplementationOnce((async () => {
      await first;
      return { error: { code: 'meeting_not_available' }, response: closed };
    }) as never)
    .mockResolvedValueOnce({ data: PREVIEW, response: new Response() } as never);
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  const looking = model.look();
  await model.open({ passcode: '482130' });
  answerFirst();
  await looking;
  expect(model.store.getState()).toMatchObject({ step: 'ready', preview: PREVIEW });
});

test('another link to the meeting is free to be joined by while the answer to a press is still to come', async () => {
  let fail!: (error: Error) => void;
  vi.spyOn(api, 'POST')
    .mockReturnValueOnce(new Promise((_, reject) => (fail = reject)) as never)
    .mockResolvedValueOnce({ data: PREVIEW, response: new Response() } as never);
  const model = new JoinModel(NUMBER, { passcode: '048213' });
  const joining = model.join({ name: '周航', consent: null });
  expect(model.store.getState().isJoining).toBe(true);
  await model.open({ passcode: '482130' });
  expect(model.store.getState()).toMatchObject({ step: 'ready', isJoining: false });
  fail(new Error('of the link before'));
  expect(await joining).toBeNull();
  expect(model.store.getState()).toMatchObject({ step: 'ready', error: null });
});
