import { useEffect, useState } from 'react';
import type { ThumbnailView } from '../../api';
import type { Engine } from '../../engine/engine';
import { fromBase64Url } from '../../models/profile';
import { Avatar, type AvatarProps } from '../../ui';
import { familyOf, sniff } from '../media/files/sniff';

/** Pictures are small and few; the address of one lives as long as the page. */
const KEPT_MAX = 500;
const urls = new Map<string, Promise<string | undefined>>();

function addressOf(picture: ThumbnailView | null): string | undefined {
  if (!picture) return undefined;
  const bytes = fromBase64Url(picture.bytes);
  const type = sniff(bytes);
  if (type === undefined || familyOf(type) !== 'image') return undefined;
  return URL.createObjectURL(new Blob([bytes], { type }));
}

/** The address of a person's or group's picture, by its hash. */
export function usePicture(
  engine: Engine,
  hash: string | null | undefined,
  of: { user: string } | { group: string },
): string | undefined {
  const [found, setFound] = useState<{ hash: string; url: string | undefined }>();
  const user = 'user' in of ? of.user : undefined;
  const group = 'group' in of ? of.group : undefined;
  useEffect(() => {
    if (hash === null || hash === undefined) return;
    let live = true;
    let url = urls.get(hash);
    if (!url) {
      url = engine
        .ask({ type: 'picture', ...(user === undefined ? { group: group ?? '' } : { user }) })
        .then(addressOf);
      urls.set(hash, url);
      if (urls.size > KEPT_MAX) {
        const [oldest, address] = urls.entries().next().value ?? [];
        if (oldest !== undefined) urls.delete(oldest);
        void address?.then((old) => old !== undefined && URL.revokeObjectURL(old));
      }
    }
    url.then(
      (address) => {
        if (live) setFound({ hash, url: address });
      },
      () => urls.delete(hash),
    );
    return () => {
      live = false;
    };
  }, [engine, hash, user, group]);
  return found !== undefined && found.hash === hash ? found.url : undefined;
}

/** An avatar with the picture that the device has. */
export function Face({
  engine,
  of,
  hash,
  ...avatar
}: Omit<AvatarProps, 'id' | 'picture'> & {
  engine: Engine;
  of: { user: string } | { group: string };
  hash: string | null | undefined;
}) {
  const picture = usePicture(engine, hash, of);
  return (
    <Avatar
      {...avatar}
      id={'user' in of ? of.user : of.group}
      shape={'user' in of ? 'person' : 'group'}
      picture={picture}
    />
  );
}
