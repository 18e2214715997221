/** One's own profile: the name is the organisation's, the picture one's own. */
import type { AccountView, Policy } from '../api';
import type { Engine } from '../engine/engine';
import { inBackground } from './background';
import { Model } from './model';
import { problemOf, type Problem } from './problem';

/** The core refuses larger ones. */
export const PICTURE_BYTES_MAX = 24 * 1024;

export interface ProfileState {
  readonly account?: AccountView | null;
  readonly policy?: Policy | null;
  readonly picture?: Blob | undefined;
  readonly busy: boolean;
  readonly problem?: Problem | undefined;
}

export function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
}

export class ProfileModel extends Model<ProfileState> {
  readonly #engine: Engine;
  readonly #stop: () => void;

  constructor(engine: Engine) {
    super({ busy: false });
    this.#engine = engine;
    this.#stop = engine.onEvent((event) => {
      if (event.type === 'person_changed' && event.user === this.getSnapshot().account?.user)
        inBackground(this.refresh());
    });
    inBackground(this.refresh());
  }

  async refresh(): Promise<void> {
    const account = await this.#engine.ask({ type: 'account' });
    const policy = await this.#engine.ask({ type: 'policy' });
    const picture = !account?.picture ? null : await this.#engine.ask({ type: 'picture', user: account.user });
    const blob = picture === null ? undefined : new Blob([fromBase64Url(picture.bytes)], { type: picture.media_type });
    this.set({ account, policy, picture: blob });
  }

  /** Square, small, already re-encoded: nothing of the original file (place, camera) goes out. `undefined` takes it away. */
  async setPicture(picture: Blob | undefined): Promise<boolean> {
    if (this.getSnapshot().busy) return false;
    this.set({ busy: true, problem: undefined });
    try {
      const bytes = picture === undefined ? null : new Uint8Array(await picture.arrayBuffer());
      await this.#engine.command({ type: 'set_picture', picture: bytes === null ? null : toBase64Url(bytes) });
      this.set({ busy: false, picture });
      return true;
    } catch (error) {
      this.set({ busy: false, problem: problemOf(error) });
      return false;
    }
  }

  dispose(): void {
    this.#stop();
  }
}
