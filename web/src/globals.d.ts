/** True in the gallery's build only. */
declare const __GALLERY__: boolean;

declare module '*.po' {
  import type { Messages } from '@lingui/core';
  export const messages: Messages;
}
