/** Zoom and position of a picture within a box: pure arithmetic, in CSS pixels from the middle of the box. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const REST: View = { scale: 1, x: 0, y: 0 };
export const SCALE_MAX = 8;
/** Double tap and double click. */
export const SCALE_CLOSE = 2.5;

/** How large a picture is when all of it is in the box; never larger than its own pixels allow. */
export function fitted(picture: Size, box: Size): Size {
  if (picture.width <= 0 || picture.height <= 0) return { width: 0, height: 0 };
  const scale = Math.min(box.width / picture.width, box.height / picture.height, 1);
  return { width: picture.width * scale, height: picture.height * scale };
}

/** Keeps the picture over the box: no empty margin where there could be picture. */
export function clamped(view: View, picture: Size, box: Size): View {
  const scale = Math.min(SCALE_MAX, Math.max(1, view.scale));
  const fit = fitted(picture, box);
  const reach = (length: number, room: number) => Math.max(0, (length * scale - room) / 2);
  const keep = (value: number, limit: number) => Math.min(limit, Math.max(-limit, value));
  return {
    scale,
    x: keep(view.x, reach(fit.width, box.width)),
    y: keep(view.y, reach(fit.height, box.height)),
  };
}

/** Another scale, with the point under the fingers or the pointer staying where it is. */
export function zoomedAt(view: View, scale: number, point: { x: number; y: number }): View {
  const next = Math.min(SCALE_MAX, Math.max(1, scale));
  const factor = next / view.scale;
  return { scale: next, x: point.x - (point.x - view.x) * factor, y: point.y - (point.y - view.y) * factor };
}

/** Sideways so far, or this fast, turns the page. */
const SWIPE_SHARE = 0.22;
const FLICK_PX_PER_MS = 0.45;
/** Downwards so far closes. */
const CLOSE_PX = 120;

/** What a finger meant by a movement over a picture at rest. */
export function meaning(dx: number, dy: number, ms: number, width: number): 'previous' | 'next' | 'close' | 'nothing' {
  if (Math.abs(dy) > Math.abs(dx)) return dy > CLOSE_PX ? 'close' : 'nothing';
  const fast = Math.abs(dx) > 24 && Math.abs(dx) / Math.max(1, ms) > FLICK_PX_PER_MS;
  if (!fast && Math.abs(dx) < width * SWIPE_SHARE) return 'nothing';
  return dx > 0 ? 'previous' : 'next';
}
