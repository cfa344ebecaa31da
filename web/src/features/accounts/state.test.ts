import { expect, test } from 'vitest';
import {
  afterSignIn,
  behindCountryCode,
  codeDigits,
  internationalPhone,
  isAtHome,
  nextPath,
  phoneRefusal,
  secondsLeft,
} from './state';

test('after signing in one goes on to a page of ours', () => {
  expect(nextPath('/app/settings?a=1#b')).toBe('/app/settings?a=1#b');
  expect(nextPath('/j/351322626#p=048213')).toBe('/j/351322626#p=048213');
});

test.each([
  ['//evil.example'],
  ['/\\evil.example'],
  ['/.//evil.example/x'],
  ['/app/..//evil.example'],
  ['/.\\/evil.example'],
  ['https://evil.example/app'],
  ['javascript:alert(1)'],
  ['app'],
  [7],
  [undefined],
])('never to %s', (next) => {
  expect(nextPath(next)).toBeUndefined();
  expect(afterSignIn(next)).toBe('/app');
});

test('a number typed behind +86 becomes international', () => {
  expect(internationalPhone('138 0013 8000')).toBe('+8613800138000');
  expect(internationalPhone('１３８００１３８０００')).toBe('+8613800138000');
  expect(internationalPhone('0086 138-0013-8000')).toBe('+8613800138000');
  expect(internationalPhone('+49 (30) 901820-0')).toBe('+49309018200');
  expect(internationalPhone('  ')).toBe('');
});

test.each([
  ['+86 138 0013 8000', '138 0013 8000'],
  [' (+86) 138-0013-8000', '138-0013-8000'],
  ['＋86 138 0013 8000', '138 0013 8000'],
  ['0086-138 0013 8000', '138 0013 8000'],
  ['\u202a+8613800138000\u202c', '13800138000\u202c'],
  ['138 0086 8600', '138 0086 8600'],
  ['+852 5123 4567', '+852 5123 4567'],
])('%j is pasted behind +86 as %j', (pasted, shown) => {
  expect(behindCountryCode(pasted)).toBe(shown);
});

test.each([
  ['', true],
  ['138 0013 8000', true],
  ['+1 415 555 0100', false],
  ['＋1 415 555 0100', false],
  ['\u202a+1 415 555 0100', false],
  ['001 415 555 0100', false],
  ['+', false],
])('before %j +86 is shown: %j', (typed, isShown) => {
  expect(isAtHome(typed)).toBe(isShown);
});

test.each([
  ['138 0013 8000'],
  ['138\u20130013\u20118000'],
  ['\u200b13800138000'],
  ['+86 138-0013-8000'],
  ['0086 13800138000'],
  ['+49 (30) 901820-0'],
  ['+1 415 555 0100'],
])('%j may be a mobile number', (typed) => {
  expect(phoneRefusal(typed)).toBeNull();
});

test.each([
  [''],
  ['123'],
  ['abc'],
  ['138 0013 800'],
  ['010 6552 9988'],
  ['+86 123'],
  ['+12345'],
  ['1'.repeat(40)],
])('%j can be none, and that is said before consent is asked', (typed) => {
  expect(phoneRefusal(typed)).toMatchObject({ code: 'phone_invalid' });
});

test('a pasted code loses everything but its digits', () => {
  expect(codeDigits(' 048 213 ')).toBe('048213');
  expect(codeDigits('０４８２１３')).toBe('048213');
  expect(codeDigits('0482137')).toBe('048213');
});

test('the countdown ends at zero', () => {
  expect(secondsLeft(60_000, 0)).toBe(60);
  expect(secondsLeft(60_000, 59_001)).toBe(1);
  expect(secondsLeft(60_000, 61_000)).toBe(0);
});
