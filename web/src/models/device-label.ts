/** A first name for this device, from what the browser says of itself; the person can change it. */
export function deviceLabel(userAgent: string): string {
  const has = (word: string) => userAgent.includes(word);
  const browser =
    has('Firefox/') || has('FxiOS')
      ? 'Firefox'
      : has('Edg/') || has('EdgA/')
        ? 'Edge'
        : has('OPR/')
          ? 'Opera'
          : has('SamsungBrowser')
            ? 'Samsung Internet'
            : has('Chrome/') || has('CriOS')
              ? 'Chrome'
              : has('Safari/')
                ? 'Safari'
                : 'Browser';
  const system = has('iPhone')
    ? 'iPhone'
    : has('iPad')
      ? 'iPad'
      : has('Android')
        ? 'Android'
        : has('Windows')
          ? 'Windows'
          : has('Mac OS X')
            ? 'Mac'
            : has('CrOS')
              ? 'Chromebook'
              : has('Linux')
                ? 'Linux'
                : '';
  return system === '' ? browser : `${browser} · ${system}`;
}
