import { useEffect, useState } from 'react';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { ProfileModel } from '../../models/profile';
import { useBlobUrl } from '../use-blob-url';

/** One's own picture, as something an image can show. */
export function useOwnPicture(): string | undefined {
  const { engine } = useApp();
  const [model] = useState(() => new ProfileModel(engine));
  useEffect(() => () => model.dispose(), [model]);
  return useBlobUrl(useModel(model).picture);
}
