import { useLingui } from '@lingui/react/macro';
import { FullSheet } from '../full-sheet';
import { CameraView } from './camera-view';
import type { openCamera } from './camera-stream';

/** Takes one photo; the sheet before sending comes next. */
export function CameraDialog({
  onPicture,
  onClose,
  start,
}: {
  onPicture: (picture: File) => void;
  onClose: () => void;
  start?: typeof openCamera;
}) {
  const { t } = useLingui();
  return (
    <FullSheet title={t`Take a photo`} onClose={onClose}>
      <CameraView facing="environment" shutter={t`Take the photo`} onPicture={onPicture} {...(start && { start })} />
    </FullSheet>
  );
}
