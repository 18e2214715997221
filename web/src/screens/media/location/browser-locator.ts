import { PlaceError, type Locator } from './location-model';

const TIMEOUT_MS = 20_000;
const AGE_MS_MAX = 15_000;

export const browserLocator: Locator = {
  async allowed() {
    try {
      return (await navigator.permissions.query({ name: 'geolocation' })).state === 'granted';
    } catch {
      return false;
    }
  },
  locate() {
    return new Promise((resolve, reject) => {
      const place = (navigator as { geolocation?: Geolocation }).geolocation;
      if (!place) {
        reject(new PlaceError('unsupported'));
        return;
      }
      place.getCurrentPosition(
        ({ coords }) =>
          resolve({
            latitudeE7: Math.round(coords.latitude * 1e7),
            longitudeE7: Math.round(coords.longitude * 1e7),
            accuracyM: Number.isFinite(coords.accuracy) ? Math.ceil(coords.accuracy) : null,
          }),
        (error) =>
          reject(
            new PlaceError(
              error.code === error.PERMISSION_DENIED
                ? 'denied'
                : error.code === error.TIMEOUT
                  ? 'timeout'
                  : 'unavailable',
            ),
          ),
        { enableHighAccuracy: true, timeout: TIMEOUT_MS, maximumAge: AGE_MS_MAX },
      );
    });
  },
};
