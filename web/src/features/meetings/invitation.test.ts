import { describe, expect, test } from 'vitest';
import { preJoinPath, readFragment, readNumber, readPasscode } from './invitation';
import { readInvitation } from './reading';

const HOSTS = ['meet.example.com'];
const read = (text: string) => readInvitation(text, HOSTS);

describe('a meeting number is read as people write it', () => {
  test.each([
    ['351322626'],
    ['351 322 626'],
    ['351-322-626'],
    ['  351 - 322 - 626 '],
    ['３５１ ３２２ ６２６'],
    ['351\u3000322\u3000626'],
    ['#351-322-626'],
    ['会议号：351 322 626'],
    ['会议号 351322626'],
    ['Meeting number: 351 322 626'],
    ['Meeting ID 351 322 626'],
    ['351\u2013322\u2013626'],
    ['351\u2010322\u2010626'],
    ['351\u2011322\u2011626'],
    ['351\u2212322\u2212626'],
    ['351.322.626'],
    ['351·322·626'],
    ['3513 2262 6'],
    ['会议号：3513 2262 6'],
    ['\u200b351\u200b322\u200b626\ufeff'],
    ['会议号：351 322 626 14:00'],
    ['会议号：351 322 626 2026-11-24'],
  ])('%j', (text) => {
    expect(read(text)).toEqual({ number: '351322626' });
  });

  test('051 322 626, which the server takes too', () => {
    expect(read('051 322 626')).toEqual({ number: '051322626' });
  });
});

describe('number and passcode are read', () => {
  test.each([
    ['351322626 048213'],
    ['351 322 626 048213'],
    ['351-322-626  048 213'],
    ['351322626，048213'],
    ['351322626/048213'],
    ['351322626（048213）'],
    ['351322626048213'],
    ['会议号：351322626 048213'],
    ['351322626 密码048213'],
    ['会议号：351 322 626 入会密码：048 213'],
    ['会议号351322626入会密码048213'],
    ['会议号是351322626，密码是048213'],
    ['Meeting ID: 351 322 626 Password: 048-213'],
    ['https://meet.example.com/j/351322626 入会密码：048 213'],
  ])('%s', (text) => {
    expect(read(text)).toEqual({ number: '351322626', passcode: '048213' });
  });
});

test.each([
  ['351322626', '351322626'],
  ['351-322-626', '351322626'],
  ['３５１３２２６２６', '351322626'],
  ['3513226261', undefined],
  ['abcdefghi', undefined],
  ['123', undefined],
  ['9'.repeat(300), undefined],
  ['\0', undefined],
])('an address with %s names %s', (typed, number) => {
  expect(readNumber(typed)).toBe(number);
});

test.each([
  ['048213', '048213'],
  [' 048 213 ', '048213'],
  ['０４８-２１３', '048213'],
  ['', undefined],
  ['04821', undefined],
  ['0482133', undefined],
  ['abcdef', undefined],
])('as a passcode %j is %s', (typed, passcode) => {
  expect(readPasscode(typed)).toBe(passcode);
});

const CHINESE = `林晓 邀请您参加盟畅云会议
会议主题：产品周会
会议时间：2026年11月24日 14:00
点击链接入会：
https://meet.example.com/j/351322626#p=048213
#盟畅云会议：351-322-626
入会密码：048213
复制该信息，打开盟畅云会议即可参与`;

const ENGLISH = `Lin Xiao invites you to a MCMeet meeting
Topic: Weekly
Time: 2026-11-24 14:00 (GMT+8), call 138 0000 0000 if lost
Meeting number: 351 322 626
Passcode: 048213`;

describe('a whole invitation is read', () => {
  test('in Chinese, by its link', () => {
    expect(read(CHINESE)).toEqual({ number: '351322626', passcode: '048213' });
  });

  test('in Chinese without its link, by its labels', () => {
    const text = CHINESE.split('\n').filter((line) => !line.startsWith('http'));
    expect(read(text.join('\n'))).toEqual({ number: '351322626', passcode: '048213' });
  });

  test('in English, past dates and telephone numbers', () => {
    expect(read(ENGLISH)).toEqual({ number: '351322626', passcode: '048213' });
  });

  test('without any label, by the only number in 3-3-3', () => {
    expect(read('下午三点开会 351-322-626 不见不散')).toEqual({ number: '351322626' });
  });
});

describe('a link is read', () => {
  test('with the passcode in its fragment', () => {
    expect(read('http://127.0.0.1:8080/j/351322626#p=048213')).toEqual({
      number: '351322626',
      passcode: '048213',
    });
  });

  test('with a host key', () => {
    expect(read('http://127.0.0.1:8080/j/351322626#p=048213&h=Ab_c-9')).toEqual({
      number: '351322626',
      passcode: '048213',
      hostKey: 'Ab_c-9',
    });
  });

  test('without a passcode, and with Chinese right behind it', () => {
    expect(read('请点https://meet.example.com/j/351322626，谢谢')).toEqual({ number: '351322626' });
  });

  test('with Chinese right behind its fragment', () => {
    expect(read('https://meet.example.com/j/351322626#p=048213，谢谢')).toEqual({
      number: '351322626',
      passcode: '048213',
    });
  });
});

test('a link to something else beside our number is no link of another service', () => {
  const text = '会议号：351 322 626 入会密码：048213 议程：https://docs.example.org/x/2026';
  expect(read(text)).toEqual({ number: '351322626', passcode: '048213' });
});

describe('a link of another service is known as such, and none of its numbers is taken', () => {
  test.each([
    ['https://zoom.us/j/123456789'],
    ['zoom.us/j/123456789'],
    ['https://us02web.zoom.us/j/81234567890?pwd=abc'],
    ['https://zoom.us/wc/join/123456789'],
    ['林晓 邀请您参加腾讯会议\nhttps://meeting.tencent.com/dm/AbCd\n#腾讯会议：351-322-626'],
    ['https://other.example/x/j/351322626#p=048213'],
    ['https://meet.example.com@other.example/j/351322626'],
    ['https://meet.example.com.other.example/j/351322626'],
    ['林晓 邀请您参加盟畅云会议\nhttps://other.example/j/351322626#p=048213\n#盟畅云会议：351-322-626'],
  ])('%j', (text) => {
    expect(read(text)).toBe('foreign');
  });

  test.each([
    ['https://MEET.example.com/j/351322626'],
    ['meet.example.com/j/351322626'],
    ['https://192.168.1.5:8443/j/351322626'],
    ['https://[fd00::2]:8443/j/351322626'],
    ['https://lin.local:8443/j/351322626'],
    ['http://localhost:8080/j/351322626'],
    ['https://meet.example.com/room/351322626'],
    ['会议主题：读 https://zoom.us/j/987654321\n点击链接入会：https://meet.example.com/j/351322626'],
  ])('but %j is ours', (text) => {
    expect(read(text)).toEqual({ number: '351322626' });
  });

  test('a long text without an end of words is looked at once', () => {
    expect(read('a'.repeat(200_000))).toBe('unreadable');
  });
});

describe('what is no invitation is refused', () => {
  test.each([
    ['words', '你好，下午开会吗'],
    ['eleven digits behind a label', '会议号：138-0013-8000'],
    ['a link with eleven digits', 'https://meet.example.com/j/13800138000'],
    ['a telephone number among words', '有事请打 138 0000 0000'],
    ['a date and a time', '2026-11-24 14:00'],
  ])('%s', (_, text) => {
    expect(read(text)).toBe('unreadable');
  });
});

test.each([
  [' ', 'missing'],
  ['351 322 62', 'length'],
  ['３５１－３２２', 'length'],
  ['351 322 626 1234', 'length'],
  ['1234567890', 'length'],
  ['351-322-6261', 'length'],
  ['351 322 626 1234', 'length'],
  [' - ', 'unreadable'],
  ['明天见', 'unreadable'],
])('“%s” is refused as %s', (typed, refusal) => {
  expect(read(typed)).toBe(refusal);
});

test('the pre-join path carries secrets in its fragment alone', () => {
  const invitation = { number: '351322626', passcode: '048213', hostKey: 'Ab_c-9' };
  const path = preJoinPath(invitation);
  expect(path).toBe('/j/351322626#p=048213&h=Ab_c-9');
  expect(read(`https://${HOSTS[0]}${path}`)).toEqual(invitation);
  expect(readFragment('#p=048213&h=Ab_c-9')).toEqual({ passcode: '048213', hostKey: 'Ab_c-9' });
  expect(['#p=04821', '#p=04a213', '#p=', ''].map(readFragment)).toEqual([{}, {}, {}, {}]);
  expect(preJoinPath({ number: '351322626' })).toBe('/j/351322626');
});
