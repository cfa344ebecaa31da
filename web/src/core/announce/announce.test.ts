import i18next from 'i18next';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../errors';
import { announce, announceFailure, announcements, speak } from '.';

beforeEach(() => {
  vi.useFakeTimers();
  announcements.setState({ current: null, notices: [] });
});

test('what failed is said for a moment, with the word that was pressed', () => {
  const said = vi
    .spyOn(i18next, 't')
    .mockReturnValueOnce('您没有权限。')
    .mockReturnValueOnce('举手：您没有权限。');
  announceFailure(new ApiError('forbidden', 0, {}), '举手');
  expect(said).toHaveBeenLastCalledWith('core:failed', { what: '举手', why: '您没有权限。' });
  expect(announcements.getState().current?.text).toBe('举手：您没有权限。');
  vi.advanceTimersByTime(4_000);
  expect(announcements.getState().current).toBeNull();
});

test('what was still asked for when the meeting ended is no failure of the server', () => {
  announceFailure(new ApiError('meeting_over', 0, {}), '举手');
  expect(announcements.getState().current).toBeNull();
});

test.each([
  ['欧阳修 等 3 人加入了会议', '欧阳修', ['', '欧阳修', ' 等 3 人加入了会议']],
  ['3 people have joined, 林 first', '林', ['3 people have joined, ', '林', ' first']],
  ['您已成为主持人', '林', ['您已成为主持人', '', '']],
  ['链接已复制', undefined, ['', '', '链接已复制']],
])('of “%s” the name %s alone is cut short where it is shown', (text, name, parts) => {
  announce(text, name);
  expect(announcements.getState().current).toMatchObject({ text, parts });
});

const spoken = () => announcements.getState().notices.map(({ text }) => text);

test('notices that come at once are all spoken, and not shown a second time', () => {
  speak('会议中只有您一人');
  speak('音视频已断开，正在重新连接…');
  expect(spoken()).toEqual(['会议中只有您一人', '音视频已断开，正在重新连接…']);
  expect(announcements.getState().current).toBeNull();
  vi.advanceTimersByTime(4_000);
  expect(spoken()).toEqual([]);
});

test('a notice that has gone is not spoken any more', () => {
  const end = speak('网络已断开，正在重新连接…');
  speak('会议中只有您一人');
  end();
  expect(spoken()).toEqual(['会议中只有您一人']);
});
