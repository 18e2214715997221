/** Whether a PIN is worth having: it guards what is stored on this device. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

export const PIN_DIGITS_MIN = 6;

const digits = (pin: string) => Array.from(pin, Number);

/** Each digit follows from the one before by the same step: 123456, 987654, 111111, 135791. */
function isStep(pin: string): boolean {
  const [first, second, ...rest] = digits(pin);
  if (first === undefined || second === undefined) return true;
  const step = (second - first + 10) % 10;
  let last = second;
  return rest.every((digit) => {
    const follows = (digit - last + 10) % 10 === step;
    last = digit;
    return follows;
  });
}

/** A short block again and again: 121212, 123123. */
const isRepeat = (pin: string) =>
  [1, 2, 3, 4].some(
    (size) => pin.length > size && pin.length % size === 0 && pin === pin.slice(0, size).repeat(pin.length / size),
  );

const isMirror = (pin: string) => pin === Array.from(pin).reverse().join('') && new Set(pin).size <= 3;

/** Day, month and year in any usual order, with two or four digits for the year. */
function isDate(pin: string): boolean {
  const day = (text: string) => Number(text) >= 1 && Number(text) <= 31;
  const month = (text: string) => Number(text) >= 1 && Number(text) <= 12;
  const year = (text: string) => Number(text) >= 1920 && Number(text) <= 2039;
  const [a, b, c] = [pin.slice(0, 2), pin.slice(2, 4), pin.slice(4, 6)];
  if (pin.length === 6) {
    // Only years that people are born or remember something in: else a third of all numbers would be dates.
    const near = (text: string) => Number(text) >= 50 || Number(text) <= 26;
    return (near(c) && ((day(a) && month(b)) || (month(a) && day(b)))) || (near(a) && month(b) && day(c));
  }
  if (pin.length === 8) {
    return (
      (year(pin.slice(4)) && ((day(a) && month(b)) || (month(a) && day(b)))) ||
      (year(pin.slice(0, 4)) && month(c) && day(pin.slice(6)))
    );
  }
  return false;
}

/** Seen most often in leaked lists and not caught by the rules. */
const COMMON = new Set([
  '159753',
  '147258',
  '258456',
  '147852',
  '456123',
  '321654',
  '789456',
  '696969',
  '112358',
  '314159',
  '271828',
  '102030',
  '520131',
  '5201314',
  '741852',
  '963852',
  '852456',
  '159357',
  '123654',
  '654123',
  '007007',
  '142536',
  '121314',
  '131415',
  '101010',
  '202020',
  '142857',
]);

/** Why a PIN is refused; `undefined` when it is good. */
export function pinProblem(pin: string): MessageDescriptor | undefined {
  if (pin.length < PIN_DIGITS_MIN) return msg`Use at least 6 digits.`;
  if (isStep(pin) || new Set(pin).size < 3)
    return msg`This PIN follows a pattern. Choose one that isn’t guessed first.`;
  if (isRepeat(pin) || isMirror(pin)) return msg`This PIN repeats itself. Choose one that isn’t guessed first.`;
  if (isDate(pin)) return msg`This PIN looks like a date. Dates are guessed first.`;
  if (COMMON.has(pin)) return msg`This PIN is one of the most used. Choose another one.`;
  return undefined;
}
