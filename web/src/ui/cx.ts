/** Joins class names; what is false falls away. */
export function cx(...parts: (string | false | undefined)[]): string {
  return parts.filter((part) => part).join(' ');
}
