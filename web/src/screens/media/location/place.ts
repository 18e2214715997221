import { plainCoordinates } from '../files/format';

/** A programme of the device, without any network: RFC 5870. */
export function geoUri(latitudeE7: number, longitudeE7: number, accuracyM?: number | null): string {
  const [latitude = '', longitude = ''] = plainCoordinates(latitudeE7, longitudeE7).split(', ');
  return `geo:${latitude},${longitude}${accuracyM === null || accuracyM === undefined ? '' : `;u=${accuracyM}`}`;
}

/** Followed only after the person agreed: it tells somebody outside where they look. */
export const MAP_SITE = 'www.openstreetmap.org';

export function mapUrl(latitudeE7: number, longitudeE7: number): string {
  const latitude = (latitudeE7 / 1e7).toFixed(6);
  const longitude = (longitudeE7 / 1e7).toFixed(6);
  return `https://${MAP_SITE}/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
}

export function isPlace(latitudeE7: number, longitudeE7: number): boolean {
  return Math.abs(latitudeE7) <= 90e7 && Math.abs(longitudeE7) <= 180e7;
}
