import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test, vi } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { NO_MEDIA } from '@/media/view';
import type { MeetingRoom } from './meeting-room';
import { RoomContext } from './context';
import { RoomNotices } from './RoomNotices';
import { NOT_SENDING } from './view';

vi.mock('react-i18next', () => ({
  useTranslation: () => ({
    t: (key: string, values: object = {}) => [key, ...Object.values(values)].join(' '),
  }),
}));

/** What stands above the bar of somebody who is in the meeting, as HTML. */
function notices(media: object, assignment: object): string {
  const view = createStore(() => ({
    status: { kind: 'open' },
    live: { media: assignment, roster: new Map(), you: { seat: 1, rights: { publish: ['microphone'] } } },
    media: { ...NO_MEDIA, ...media },
    sending: NOT_SENDING,
  }));
  const room = { view, stay: { parts: [] } } as unknown as MeetingRoom;
  return renderToStaticMarkup(createElement(RoomContext, { value: room }, createElement(RoomNotices)));
}

test('the port that is named as blocked is that of the media, wherever the signalling leads', () => {
  const assignment = { url: 'wss://meet.example.cn/rtc', port: 50_000 };
  expect(notices({ blocked: true }, assignment)).toContain('blocked 50000');
});

test('a notice is no live region of its own: it would be silent, or speak twice', () => {
  expect(notices({ blocked: true }, {})).not.toMatch(/role="status"|aria-live/);
});
