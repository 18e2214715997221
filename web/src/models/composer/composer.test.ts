import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EngineError } from '../../engine/engine';
import { FakeEngine } from '../../engine/fake';
import { GROUPS, makeMembers, makeMessages, ME } from '../../engine/fake-office';
import { readFileSync } from 'node:fs';
import { ComposerModel, DRAFT_DELAY_MS, FIELD_MAX_CHARS, TEXT_MAX_CHARS, TYPING_EVERY_MS } from './composer';
import { newLine, toggleFormat } from './formatting';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

async function open() {
  const engine = new FakeEngine();
  let now = 1_000_000;
  const composer = new ComposerModel(engine, GROUPS.launch, { now: () => now });
  composer.people(makeMembers(GROUPS.launch), ME);
  await composer.open(await engine.ask({ type: 'conversation', group: GROUPS.launch }));
  const type = (text: string) => composer.input({ text, start: text.length, end: text.length });
  const state = () => composer.getSnapshot();
  const sent = (kind: string) => engine.commands.filter((command) => command.type === kind);
  return { engine, composer, type, state, sent, wait: (ms: number) => (now += ms) };
}

test('a text is sent, the field is free at once and the draft goes', async () => {
  const { composer, type, state, sent } = await open();
  type('  Hello ');
  await vi.advanceTimersByTimeAsync(DRAFT_DELAY_MS);
  const sending = composer.send();
  expect(state().field.text).toBe('');
  expect(await sending).toBe(true);
  expect(sent('send')).toMatchObject([{ draft: { type: 'text', text: 'Hello' } }]);
  await vi.advanceTimersByTimeAsync(DRAFT_DELAY_MS);
  expect(sent('save_draft')).toMatchObject([{ text: '  Hello ' }, { text: '' }]);
});

test('what could not be sent comes back with the reason, before what was written meanwhile', async () => {
  const { engine, composer, type, state } = await open();
  type('first');
  const carryOut = engine.command.bind(engine);
  vi.spyOn(engine, 'command').mockImplementation((command) =>
    command.type === 'send' ? Promise.reject(new EngineError('too_large', 'This is too long.')) : carryOut(command),
  );
  const sending = composer.send();
  type('second');
  expect(await sending).toBe(false);
  expect(state().field.text).toBe('first\nsecond');
  expect(state().error).toEqual({ code: 'too_large', message: 'This is too long.' });
});

test('blank text is not sent', async () => {
  const { composer, type } = await open();
  type(' \n ');
  expect(await composer.send()).toBe(false);
});

test('what is left is told before the limit, and beyond it nothing is sent', async () => {
  const { composer, type, state, sent } = await open();
  type('x'.repeat(TEXT_MAX_CHARS * 0.9 - 1));
  expect(state()).toMatchObject({ canSend: true, left: null });
  type('x'.repeat(TEXT_MAX_CHARS - 10));
  expect(state()).toMatchObject({ canSend: true, left: 10 });
  // A character is one, however many units it has.
  type('😀'.repeat(TEXT_MAX_CHARS));
  expect(state()).toMatchObject({ canSend: true, left: 0 });
  type('x'.repeat(TEXT_MAX_CHARS + 3));
  expect(state()).toMatchObject({ canSend: false, left: -3 });
  expect(await composer.send()).toBe(false);
  expect(sent('send')).toEqual([]);
  expect(state().field.text).toHaveLength(TEXT_MAX_CHARS + 3);
});

test('the limit is the one of the core', () => {
  const limits = readFileSync(new URL('../../../../crates/wire/src/limits.rs', import.meta.url), 'utf8');
  expect(/MAX_TEXT_CHARS: usize = ([\d_]+);/.exec(limits)?.[1]?.replaceAll('_', '')).toBe(String(TEXT_MAX_CHARS));
});

test('a paste of megabytes stays beside what was typed, and can go as a file', async () => {
  const { composer, type, state } = await open();
  type('Here it is: ');
  expect(composer.paste('y'.repeat(FIELD_MAX_CHARS - 12))).toBe(false);
  const long = 'é'.repeat(1_500_000);
  expect(composer.paste(long)).toBe(true);
  expect(state()).toMatchObject({ field: { text: 'Here it is: ' }, beside: 3_000_000, canSend: true });
  const file = composer.asFile();
  expect([file.name, file.type, file.size]).toEqual(['text.txt', 'text/plain', 3_000_000]);
  expect(state().beside).toBeNull();
  composer.filesSent([file]);
  expect(state().field.text).toBe('Here it is: ');
  composer.input({ text: long, start: 0, end: 0 });
  expect(state()).toMatchObject({ field: { text: 'Here it is: ' }, beside: 3_000_000 });
  composer.forgetBeside();
  expect(state().beside).toBeNull();
});

test('a typed text that is too long stays until its file was sent', async () => {
  const { composer, type, state } = await open();
  const text = 'x'.repeat(TEXT_MAX_CHARS + 1);
  type(text);
  const file = composer.asFile();
  expect(await file.text()).toBe(text);
  composer.filesSent([new File(['other'], 'photo.jpg')]);
  expect(state().field.text).toBe(text);
  composer.filesSent([file]);
  expect(state().field.text).toBe('');
});

test('a draft is kept per conversation, with what it replies to', async () => {
  const { engine, composer, type, sent } = await open();
  const message = makeMessages().get(GROUPS.launch)?.at(-1);
  if (!message) throw new Error('no message');
  composer.reply(message);
  type('half a tho');
  await vi.advanceTimersByTimeAsync(DRAFT_DELAY_MS);
  expect(sent('save_draft')).toMatchObject([{ text: 'half a tho', reply_to: message.id }]);
  const again = new ComposerModel(engine, GROUPS.launch);
  await again.open(await engine.ask({ type: 'conversation', group: GROUPS.launch }));
  expect(again.getSnapshot()).toMatchObject({
    field: { text: 'half a tho' },
    mode: { type: 'reply', message: message.id },
  });
});

test('an edit sets what was written aside and gives it back; mentions are written as they are typed', async () => {
  const { composer, type, state, sent } = await open();
  type('unsent');
  const message = makeMessages().get(GROUPS.launch)?.[5];
  if (message?.body.type !== 'text') throw new Error('no message');
  const text =
    'Ask [@Marcus \\[W\\]](mimi://lindenhof.example/u/marcus.weber) or [@all](mimi://lindenhof.example/r/00112233445566778899aabbccddeeff)';
  composer.edit({ ...message, body: { type: 'text', text } });
  expect(state().field.text).toBe('Ask @marcus.weber or @all');
  expect(composer.cancel()).toBe(true);
  expect(state().field.text).toBe('unsent');
  composer.edit(message);
  type('changed');
  await composer.send();
  expect(sent('send')).toMatchObject([{ draft: { type: 'edit', message: message.id, text: 'changed' } }]);
  expect(state()).toMatchObject({ field: { text: 'unsent' }, mode: { type: 'new' } });
});

test('an edit that changed nothing sends nothing', async () => {
  const { composer, sent } = await open();
  const message = makeMessages().get(GROUPS.launch)?.[5];
  if (!message) throw new Error('no message');
  composer.edit(message);
  await composer.send();
  expect(sent('send')).toEqual([]);
});

test('mentions complete names, also by their second word and without accents', async () => {
  const { composer, type, state } = await open();
  type('Hi @dub');
  expect(state().mention?.choices.map((choice) => choice.name)).toEqual(['Chloé Dubois']);
  composer.takeMention();
  expect(state().field.text).toBe('Hi @chloe.dubois ');
  type('mail@ma');
  expect(state().mention).toBeNull();
  type('(@');
  expect(state().mention?.choices.length).toBeGreaterThan(3);
  composer.moveMention(-1);
  expect(state().mention?.active).toBe((state().mention?.choices.length ?? 0) - 1);
  composer.dismissMention();
  type('(@m');
  expect(state().mention).toBeNull();
});

test('typing is told at most every few seconds and ends with an empty field', async () => {
  const { type, sent, wait } = await open();
  type('a');
  type('ab');
  expect(sent('typing').length).toBeLessThanOrEqual(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(sent('typing')).toHaveLength(1);
  wait(TYPING_EVERY_MS);
  type('abc');
  type('');
  await vi.advanceTimersByTimeAsync(0);
  expect(sent('typing').map((command) => 'on' in command && command.on)).toEqual([true, true, false]);
});

test.each([
  ['bold', 'a [b] c', 'a **[b]** c'],
  ['bold', 'a **[b]** c', 'a [b] c'],
  ['bold', 'a [**b**] c', 'a [b] c'],
  ['italic', 'a[ b ]c', 'a _[b]_ c'],
  ['strike', '[x]', '~~[x]~~'],
  ['code', '[a\nb]', '```\n[a\nb]\n```'],
  ['code', 'see [x]', 'see `[x]`'],
] as const)('%s turns %j into %j', (format, before, after) => {
  const read = (marked: string) => ({
    text: marked.replace(/[[\]]/g, ''),
    start: marked.indexOf('['),
    end: marked.indexOf(']') - 1,
  });
  expect(toggleFormat(read(before), format)).toEqual(read(after));
});

test('a new line continues a list, and an empty entry ends it', () => {
  const field = (text: string) => ({ text, start: text.length, end: text.length });
  expect(newLine(field('- milk')).text).toBe('- milk\n- ');
  expect(newLine(field('9. nine')).text).toBe('9. nine\n10. ');
  expect(newLine(field('- milk\n- ')).text).toBe('- milk\n');
  expect(newLine(field('words')).text).toBe('words\n');
});

test('what is answered or edited follows its edits, and its deletion ends that', async () => {
  const { engine, composer, type, state } = await open();
  const messages = makeMessages().get(GROUPS.launch) ?? [];
  const [answered, other] = messages.filter(({ body }) => body.type === 'text');
  if (!answered || !other) throw new Error('no messages');
  const tell = (message: typeof answered, body: typeof answered.body) =>
    engine.emit({ type: 'message', group: GROUPS.launch, message: { ...message, body }, new: false });
  type('my answer');
  composer.reply(answered);
  tell(answered, { type: 'text', text: 'other words' });
  expect(state().mode).toMatchObject({ type: 'reply', line: 'other words' });
  // Also while something else is being edited.
  composer.edit(other);
  tell(answered, { type: 'deleted' });
  tell(other, { type: 'deleted' });
  expect(state()).toMatchObject({ mode: { type: 'new' }, field: { text: 'my answer' } });
  composer.reply(answered);
  engine.emit({ type: 'message_gone', group: GROUPS.launch, message: answered.id });
  expect(state().mode).toEqual({ type: 'new' });
  composer.close();
});
