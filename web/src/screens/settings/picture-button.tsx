import { Camera, Trash2 } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { Button as AriaButton, FileTrigger } from 'react-aria-components';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { PICTURE_BYTES_MAX, ProfileModel } from '../../models/profile';
import { Avatar, Button, Dialog, Menu, MenuItem, MenuTrigger, toasts } from '../../ui';
import { PictureCropper, type CropperHandle } from '../../ui/picture-cropper';
import { useBlobUrl } from '../use-blob-url';
import { useProblemText } from '../problem-text';

/** One's own picture; pressing it chooses, crops or removes one. */
export function PictureButton({ user, name }: { user: string; name: string }) {
  const { t } = useLingui();
  const { engine } = useApp();
  const [model] = useState(() => new ProfileModel(engine));
  const { picture, busy, problem } = useModel(model);
  const url = useBlobUrl(picture);
  const [image, setImage] = useState<ImageBitmap>();
  const input = useRef<HTMLInputElement>(null);
  const cropper = useRef<CropperHandle>(null);
  const problemText = useProblemText(problem);
  useEffect(() => () => model.dispose(), [model]);

  const choose = (files: FileList | null) => {
    const file = files?.[0];
    if (!file) return;
    createImageBitmap(file).then(setImage, () =>
      toasts.show({ text: t`This file is no picture that can be shown.`, tone: 'danger' }),
    );
  };
  const take = async () => {
    const blob = await cropper.current?.take(PICTURE_BYTES_MAX);
    if (blob && (await model.setPicture(blob))) setImage(undefined);
  };
  const face = (
    <AriaButton
      aria-label={picture ? t`Change your picture` : t`Add a picture`}
      isPending={busy}
      className="relative rounded-full"
      {...(picture ? {} : { onPress: () => input.current?.click() })}
    >
      <Avatar id={user} name={name} picture={url} size="2xl" />
      <span className="absolute end-0 bottom-0 flex size-9 items-center justify-center rounded-full bg-accent text-on-accent ring-3 ring-surface">
        <Camera aria-hidden="true" className="size-4.5" />
      </span>
    </AriaButton>
  );
  return (
    <>
      <FileTrigger
        ref={input}
        acceptedFileTypes={['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/heic']}
        onSelect={choose}
      />
      {picture ? (
        <MenuTrigger>
          {face}
          <Menu placement="bottom">
            <MenuItem
              icon={<Camera aria-hidden="true" />}
              onAction={() => input.current?.click()}
            >{t`Choose another picture`}</MenuItem>
            <MenuItem
              icon={<Trash2 aria-hidden="true" />}
              danger
              onAction={() => void model.setPicture(undefined)}
            >{t`Remove the picture`}</MenuItem>
          </Menu>
        </MenuTrigger>
      ) : (
        face
      )}
      <Dialog
        title={t`Your picture`}
        size="sm"
        isOpen={image !== undefined}
        onOpenChange={(open) => {
          if (!open) setImage(undefined);
        }}
        actions={
          <>
            <Button onPress={() => setImage(undefined)}>{t`Cancel`}</Button>
            <Button variant="primary" isPending={busy} onPress={() => void take()}>{t`Use this picture`}</Button>
          </>
        }
      >
        {problemText !== undefined && (
          <p role="alert" className="mb-3 text-sm text-danger-text">
            {problemText}
          </p>
        )}
        {image && <PictureCropper image={image} ref={cropper} />}
      </Dialog>
    </>
  );
}
