/* eslint-disable @typescript-eslint/no-deprecated -- nothing else tells it in Safari */
import { expect, test } from 'vitest';
import { isComposing } from './composing';

test('the Enter that takes a candidate is the input method’s, in Safari too', () => {
  expect(isComposing({ isComposing: true, keyCode: 229 })).toBe(true);
  expect(isComposing({ isComposing: true, keyCode: 13 })).toBe(true);
  expect(isComposing({ isComposing: false, keyCode: 229 })).toBe(true);
  expect(isComposing({ isComposing: false, keyCode: 13 })).toBe(false);
});
