import { i18n } from '@lingui/core';
import { problemOf } from '../../../models/problem';

/** What went wrong, as a sentence in the reader's language. */
export function sentenceOf(error: unknown): string {
  const { text } = problemOf(error);
  return typeof text === 'string' ? text : i18n._(text);
}
