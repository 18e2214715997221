import type { ContactBody } from '../../../models/thread/shape';

/** RFC 6350: what would end a value or a line is escaped, and control characters are left out. */
function escape(value: string): string {
  return value
    .replace(/\r\n?|\n/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, '')
    .replace(/[\\;,]/g, (sign) => `\\${sign}`)
    .replaceAll('\n', '\\n');
}

const LINE_OCTETS_MAX = 75;

/** Long lines go on after a line break and a space, never within a character. */
function fold(line: string): string {
  const encoder = new TextEncoder();
  let folded = '';
  let octets = 0;
  for (const char of line) {
    const length = encoder.encode(char).length;
    if (octets + length > LINE_OCTETS_MAX) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += char;
    octets += length;
  }
  return folded;
}

/** A card that address books read (vCard 4.0). */
export function vcardOf({ name, user, emails, phones }: Omit<ContactBody, 'type'>): string {
  const lines = [
    'BEGIN:VCARD',
    'VERSION:4.0',
    `FN:${escape(name)}`,
    ...emails.map((email) => `EMAIL:${escape(email)}`),
    ...phones.map((phone) => `TEL:${escape(phone)}`),
    ...(user === null ? [] : [`IMPP:im:${escape(user)}`]),
    'END:VCARD',
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join('');
}
