/** A text field's content with its selection. */
export interface Field {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export type Format = 'bold' | 'italic' | 'strike' | 'code';

const MARKS: Record<Format, string> = { bold: '**', italic: '_', strike: '~~', code: '`' };

/** Puts the selection into a format, or takes it out. Blanks at its ends stay outside: Markdown wants it so. */
export function toggleFormat(field: Field, format: Format): Field {
  const { text } = field;
  let { start, end } = field;
  while (start < end && /\s/.test(text[start] ?? '')) start += 1;
  while (end > start && /\s/.test(text[end - 1] ?? '')) end -= 1;
  const selected = text.slice(start, end);
  if (format === 'code' && selected.includes('\n')) return fence(text, start, end);
  const mark = MARKS[format];
  const size = mark.length;
  if (text.slice(start - size, start) === mark && text.slice(end, end + size) === mark)
    return {
      text: text.slice(0, start - size) + selected + text.slice(end + size),
      start: start - size,
      end: end - size,
    };
  if (selected.length >= size * 2 && selected.startsWith(mark) && selected.endsWith(mark))
    return {
      text: text.slice(0, start) + selected.slice(size, -size) + text.slice(end),
      start,
      end: end - size * 2,
    };
  return {
    text: text.slice(0, start) + mark + selected + mark + text.slice(end),
    start: start + size,
    end: end + size,
  };
}

function fence(text: string, start: number, end: number): Field {
  const before = start === 0 || text[start - 1] === '\n' ? '' : '\n';
  const after = end === text.length || text[end] === '\n' ? '' : '\n';
  const open = `${before}\`\`\`\n`;
  return {
    text: `${text.slice(0, start)}${open}${text.slice(start, end)}\n\`\`\`${after}${text.slice(end)}`,
    start: start + open.length,
    end: end + open.length,
  };
}

/** Replaces the selection. */
export function insert(field: Field, words: string): Field {
  const at = field.start + words.length;
  return { text: field.text.slice(0, field.start) + words + field.text.slice(field.end), start: at, end: at };
}

/** A new line that continues a list; an empty entry ends it. */
export function newLine(field: Field): Field {
  const begin = field.text.lastIndexOf('\n', field.start - 1) + 1;
  const line = field.text.slice(begin, field.start);
  const match = /^(\s*)(?:([-*+])|(\d{1,4})([.)]))(\s+)(.*)$/.exec(line);
  if (!match || field.start !== field.end) return insert(field, '\n');
  const [, indent = '', bullet, number, end = '', gap = ' ', rest = ''] = match;
  if (rest === '') return { text: field.text.slice(0, begin) + field.text.slice(field.end), start: begin, end: begin };
  const sign = bullet ?? `${Number(number) + 1}${end}`;
  return insert(field, `\n${indent}${sign}${gap}`);
}
