import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeEngine } from '../../engine/fake';
import { GROUPS } from '../../engine/fake-office';
import { pieces, snippet } from './highlight';
import { FOUND_PAGE, SEARCH_DELAY_MS, SearchModel } from './search';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('what is typed fast is searched once; the answer carries titles and highlights', async () => {
  const engine = new FakeEngine();
  const ask = vi.spyOn(engine, 'ask');
  const search = new SearchModel(engine, { title: (group) => (group === GROUPS.launch ? 'Spring launch' : '') });
  for (const text of ['l', 'la', 'layouts']) search.query(text);
  await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
  expect(ask).toHaveBeenCalledTimes(1);
  const [row] = search.getSnapshot().found;
  expect(row?.title).toBe('Spring launch');
  expect(row?.pieces.filter((piece) => piece.hit).map((piece) => piece.text)).toEqual(['layouts']);
});

test('a hit is shown as plain words, not as they are written', async () => {
  const search = new SearchModel(new FakeEngine());
  search.query('numbers');
  await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
  const lines = search.getSnapshot().found.map((row) => row.pieces.map((piece) => piece.text).join(''));
  expect(lines).toContain('@Ana Ruiz could you check the numbers on page 3 before I send it to print?');
  expect(search.getSnapshot().found.every((row) => row.pieces.some((piece) => piece.hit))).toBe(true);
  search.query('spring launch');
  await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
  const [first] = search.getSnapshot().found;
  expect(first?.pieces.map((piece) => piece.text).join('')).toContain('we plan the spring launch.');
});

test('more is asked for when the end of the hits is reached', async () => {
  const search = new SearchModel(new FakeEngine(), { group: GROUPS.engineering });
  search.query('migration');
  await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
  expect(search.getSnapshot()).toMatchObject({ more: true, current: 0 });
  for (let n = 0; n < FOUND_PAGE - 1; n += 1) search.step(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(search.getSnapshot().found.length).toBe(FOUND_PAGE * 2);
  expect(search.getSnapshot().current).toBe(FOUND_PAGE - 1);
  expect(search.step(-1)).toBe(search.getSnapshot().found[FOUND_PAGE - 2]);
});

test('an empty query shows nothing, a failure says so', async () => {
  const engine = new FakeEngine();
  const search = new SearchModel(engine);
  search.query('x');
  search.query(' ');
  await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
  expect(search.getSnapshot().phase).toBe('idle');
  vi.spyOn(engine, 'ask').mockRejectedValue(new Error('damaged'));
  search.query('x');
  await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
  expect(search.getSnapshot().phase).toBe('failed');
});

test('hits are beginnings of words, without case and accents, in every script', () => {
  const marked = (text: string, query: string) =>
    pieces(text, query)
      .map((piece) => (piece.hit ? `[${piece.text}]` : piece.text))
      .join('');
  expect(marked('Café, cafeteria; decaf', 'CAF')).toBe('[Caf]é, [caf]eteria; decaf');
  expect(marked('résumé', 'resume')).toBe('[résumé]');
  expect(marked('包装的打样明天到', '明天')).toBe('包装的打样[明天]到');
  expect(marked('الترجمة العربية', 'العربية')).toBe('الترجمة [العربية]');
  expect(marked('ab', 'ab a')).toBe('[ab]');
});

test('a snippet shows the first hit of a long text', () => {
  const text = `${'word '.repeat(100)}needle ${'word '.repeat(100)}`;
  const shown = snippet(text, 'needle');
  expect(shown.some((piece) => piece.hit)).toBe(true);
  expect(
    shown
      .map((piece) => piece.text)
      .join('')
      .indexOf('needle'),
  ).toBeLessThan(60);
});

test('what was found follows its edits and its deletion', async () => {
  const engine = new FakeEngine();
  const search = new SearchModel(engine, { group: GROUPS.launch });
  search.query('layouts');
  await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
  const hit = search.getSnapshot().found[0]?.message.id ?? '';
  await engine.command({ type: 'send', group: GROUPS.launch, draft: { type: 'delete', message: hit } });
  await vi.advanceTimersByTimeAsync(SEARCH_DELAY_MS);
  expect(search.getSnapshot().found.map(({ message }) => message.id)).not.toContain(hit);
  search.close();
});
