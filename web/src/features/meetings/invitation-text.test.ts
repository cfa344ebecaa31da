import i18next from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { readInvitation } from './reading';
import {
  hyphenated,
  invitationLink,
  invitationText,
  isLoopback,
  type InvitationFacts,
} from './invitation-text';
import { zoneName } from './zone';
import en from './en.json';
import zh from './zh.json';

const FACTS: InvitationFacts = {
  name: '林晓',
  topic: '产品周会',
  number: '351322626',
  passcode: '012345',
  startedAt: '2026-03-09T06:00:00.000Z',
  origin: 'https://meet.example',
};

beforeAll(async () => {
  await i18next.init({
    resources: { zh: { meetings: zh }, en: { meetings: en } },
    lng: 'zh',
    interpolation: { escapeValue: false },
  });
});

describe('an invitation', () => {
  test('carries its passcode in the fragment, which no server sees', () => {
    expect(invitationLink(FACTS)).toBe('https://meet.example/j/351322626#p=012345');
    expect(invitationLink({ ...FACTS, passcode: undefined })).toBe('https://meet.example/j/351322626');
  });

  test.each(['zh', 'en'] as const)('in %s is read back to the same number and passcode', (language) => {
    const text = invitationText(i18next.getFixedT(language, 'meetings'), FACTS, language);
    expect(readInvitation(text, ['meet.example'])).toEqual({ number: '351322626', passcode: '012345' });
    const words = text.replace(/^https.*$/m, '');
    expect(readInvitation(words, ['meet.example'])).toEqual({ number: '351322626', passcode: '012345' });
  });

  test('has the lines that people know from others', () => {
    const text = invitationText(i18next.getFixedT('zh', 'meetings'), FACTS, 'zh');
    expect(text).toMatch(/^林晓 邀请您参加盟畅云会议\n会议主题：产品周会\n会议时间：2026-03-09 \d\d:00 /);
    expect(text).toContain('#盟畅云会议：351-322-626\n入会密码：012345');
  });

  test('says how to join without the link, and names its time zone as people do', () => {
    const text = invitationText(i18next.getFixedT('zh', 'meetings'), FACTS, 'zh');
    expect(text).toMatch(/\n也可以打开 https:\/\/meet.example 粘贴这条邀请入会$/);
    expect(['GMT+0', 'GMT', 'GMT+8', 'GMT-10', undefined].map(zoneName)).toEqual([
      'GMT',
      'GMT',
      'GMT+8',
      'GMT-10',
      '',
    ]);
  });

  test('says so when it works on this machine alone', () => {
    expect(['localhost', '127.0.0.1', '127.8.0.1', '[::1]'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['192.168.1.5', 'meet.example', 'localhost.example'].map(isLoopback)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('groups its number by hyphens', () => {
    expect(hyphenated('351322626')).toBe('351-322-626');
  });
});
