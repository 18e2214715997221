/* eslint-disable @typescript-eslint/no-deprecated -- nothing else tells it in Safari */

/**
 * Whether a key belongs to an input method that is composing a sign. Safari says so of the Enter that takes a candidate by the key's code
 * only: for it the composition is over already.
 */
export function isComposing({ isComposing, keyCode }: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return isComposing || keyCode === 229;
}
