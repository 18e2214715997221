import { useLingui } from '@lingui/react/macro';
import { Camera, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { PICTURE_BYTES_MAX } from '../../models/profile';
import { Avatar, Banner, Button, Dialog } from '../../ui';
import { PictureCropper, type CropperHandle } from '../../ui/picture-cropper';

/** Chooses a group's picture: a file, then a part of it. */
export function PictureChooser({
  id,
  name,
  picture,
  onChange,
}: {
  /** Decides the colour while there is no picture. */
  id: string;
  name: string;
  picture: string | undefined;
  /** The picture as it is stored, or nothing to take it away. */
  onChange: (picture: Blob | undefined) => void;
}) {
  const { t } = useLingui();
  const picker = useRef<HTMLInputElement>(null);
  const cropper = useRef<CropperHandle>(null);
  const [image, setImage] = useState<ImageBitmap>();
  const [failed, setFailed] = useState(false);
  useEffect(() => () => image?.close(), [image]);
  const choose = async (file: File | undefined) => {
    if (!file) return;
    try {
      setImage(await createImageBitmap(file, { imageOrientation: 'from-image' }));
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  return (
    <div className="flex flex-col items-center gap-3">
      <AriaButton
        aria-label={picture === undefined ? t`Choose a picture of the group` : t`Change the picture of the group`}
        onPress={() => picker.current?.click()}
        className="relative rounded-[30%] outline-none focus-ring:outline-2 focus-ring:outline-offset-4 focus-ring:outline-focus"
      >
        <Avatar id={id} name={name === '' ? '+' : name} picture={picture} size="2xl" shape="group" />
        <span className="absolute -end-1 -bottom-1 flex size-10 items-center justify-center rounded-full border-3 border-raised bg-accent text-on-accent">
          <Camera aria-hidden="true" className="size-5" />
        </span>
      </AriaButton>
      {picture !== undefined && (
        <Button
          variant="quiet"
          icon={<Trash2 aria-hidden="true" className="size-4" />}
          onPress={() => onChange(undefined)}
          className="text-sm"
        >{t`Remove the picture`}</Button>
      )}
      {failed && <Banner tone="danger" live="alert">{t`This file is not a picture that the browser can read.`}</Banner>}
      <input
        ref={picker}
        type="file"
        accept="image/*"
        hidden
        onChange={(event) => {
          void choose(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <Dialog
        title={t`Picture of the group`}
        size="sm"
        isOpen={image !== undefined}
        onOpenChange={(open) => {
          if (!open) setImage(undefined);
        }}
        actions={
          <>
            <Button onPress={() => setImage(undefined)}>{t`Cancel`}</Button>
            <Button
              variant="primary"
              onPress={() => {
                void cropper.current?.take(PICTURE_BYTES_MAX).then((blob) => {
                  onChange(blob);
                  setImage(undefined);
                });
              }}
            >{t`Use this part`}</Button>
          </>
        }
      >
        {image && <PictureCropper ref={cropper} image={image} />}
      </Dialog>
    </div>
  );
}
