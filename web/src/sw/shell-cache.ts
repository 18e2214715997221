/**
 * The app shell in the browser's cache, so that the app starts without a network.
 *
 * **Invariant:** one cache per build, named by the bundle's hash; a build is served from its own cache or not at all, so that
 * files of two builds never mix. Only same-origin GET requests for files of the build, and navigations, are answered.
 */
import type { BuildManifest } from '../../scripts/service-worker-plugin';

const PREFIX = 'shell-';

const cacheName = (build: BuildManifest) => PREFIX + build.hash;

/** Paths that belong to the relay; the shell must not answer for them. */
const RELAY_PATHS = ['/v1/', '/metrics', '/health', '/media/'];

export async function install(build: BuildManifest): Promise<void> {
  const cache = await caches.open(cacheName(build));
  await cache.addAll(build.precache.map(shellRequest));
}

/**
 * The HTTP cache may hold an older index, so that `reload` goes past it. What has its hash in its name is what it was, and the page has just
 * loaded most of it: the first load isn't paid twice.
 */
export function shellRequest(path: string): Request {
  return new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' });
}

/** Drops the caches of former builds. */
export async function takeOver(build: BuildManifest): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== cacheName(build));
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Whether and from what path a request is answered by the shell. */
export function shellPath(request: Request, build: BuildManifest, origin: string): string | undefined {
  if (request.method !== 'GET') return undefined;
  const url = new URL(request.url);
  if (url.origin !== origin) return undefined;
  if (RELAY_PATHS.some((path) => url.pathname.startsWith(path))) return undefined;
  if (build.precache.includes(url.pathname)) return url.pathname;
  return request.mode === 'navigate' ? '/' : undefined;
}

export function respond(request: Request, build: BuildManifest): Promise<Response> | undefined {
  const path = shellPath(request, build, location.origin);
  return path === undefined ? undefined : cached(path, request, build);
}

async function cached(path: string, request: Request, build: BuildManifest): Promise<Response> {
  const cache = await caches.open(cacheName(build));
  return (await cache.match(path)) ?? fetch(request);
}
