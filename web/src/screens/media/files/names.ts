/** Names of files come from others: what can mislead a reader or a file system is taken out before they are shown or saved. */

/** Longer names are cut in the middle of nothing: before their extension. */
const NAME_CHARS_MAX = 120;

// Control characters, and those that turn the direction of text: "exe.gpj" must not read as "jpg.exe" the other way round.
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const SEPARATORS = /[/\\:*?"<>|]/g;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The extension in lower case, without the dot; empty when there is none. */
export function extensionOf(name: string): string {
  const at = name.lastIndexOf('.');
  const extension = at > 0 ? name.slice(at + 1).toLowerCase() : '';
  return /^[a-z0-9]{1,10}$/.test(extension) ? extension : '';
}

/** A name that is safe to show and to save under; `fallback` when nothing of it is left. */
export function cleanName(name: string, fallback = 'file'): string {
  let clean = name
    .replace(HIDDEN, '')
    .replace(SEPARATORS, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  if (RESERVED.test(clean)) clean = `_${clean}`;
  if (clean.length > NAME_CHARS_MAX) {
    const extension = extensionOf(clean);
    const tail = extension === '' ? '' : `.${extension}`;
    // By code point, so that no half of a pair stays.
    clean = `${Array.from(clean)
      .slice(0, NAME_CHARS_MAX - tail.length - 1)
      .join('')}…${tail}`;
  }
  return clean === '' ? fallback : clean;
}

/** What a browser, a shell or an office program would run. */
const EXECUTABLE = new Set(
  (
    'html htm xhtml xht shtml mht mhtml svg svgz xml xsl xslt js mjs cjs jse vbs vbe wsf wsh hta exe msi msix com scr pif bat cmd ' +
    'ps1 psm1 sh bash zsh csh command app dmg pkg deb rpm apk ipa jar class jnlp swf lnk url webloc desktop reg inf cpl dll so dylib ' +
    'docm xlsm pptm dotm xltm potm xlam iso img vhd one chm appimage run py pyw rb pl php'
  ).split(' '),
);
const EXECUTABLE_TYPES =
  /^(text\/(html|xml|javascript|ecmascript)|image\/svg|application\/(xhtml|xml|javascript|ecmascript|x-javascript|x-msdownload|x-msdos-program|x-sh|java-archive|x-shockwave-flash|vnd\.microsoft\.portable-executable|.*\+xml))/i;

/** Whether saving it deserves a word of warning. */
export function mayRun(name: string, mediaType: string): boolean {
  return EXECUTABLE.has(extensionOf(cleanName(name))) || EXECUTABLE_TYPES.test(mediaType.trim());
}

export type DocumentIcon =
  'pdf' | 'text' | 'sheet' | 'slides' | 'archive' | 'code' | 'audio' | 'image' | 'video' | 'file';

const ICONS: Record<string, DocumentIcon> = Object.fromEntries(
  Object.entries({
    pdf: 'pdf',
    text: 'doc docx odt rtf txt md pages epub',
    sheet: 'xls xlsx ods csv tsv numbers',
    slides: 'ppt pptx odp key',
    archive: 'zip 7z rar gz tar tgz bz2 xz zst',
    code: 'html htm xml svg js ts json css sh py rs c h cpp java rb php yaml yml toml sql',
    audio: 'mp3 ogg oga opus wav flac m4a aac',
    image: 'jpg jpeg png gif webp avif heic heif bmp tif tiff',
    video: 'mp4 webm mov mkv avi m4v',
  }).flatMap(([icon, extensions]) => extensions.split(' ').map((extension) => [extension, icon as DocumentIcon])),
);

export function documentIcon(name: string): DocumentIcon {
  return ICONS[extensionOf(cleanName(name))] ?? 'file';
}
