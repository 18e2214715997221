import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useModel } from '../../app/use-model';
import { Banner, Button, Dialog, TextArea, TextField } from '../../ui';
import type { InfoModel } from '../info/info-model';
import { PURPOSE_BYTES_MAX, nameWithin } from '../new/new-model';
import { usePicture } from '../new/picture';
import { PictureChooser } from './group-picture';

/** Name, purpose and picture of a group, for its admins. */
export function EditGroup({ model, onClose }: { model: InfoModel; onClose: () => void }) {
  const { t } = useLingui();
  const { conversation, busy, error } = useModel(model);
  const [name, setName] = useState(conversation?.title ?? '');
  const [purpose, setPurpose] = useState(conversation?.purpose ?? '');
  const [picture, setPicture] = useState<{ blob: Blob | undefined }>();
  const present = usePicture(model.engine, conversation?.picture, { group: model.group });
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!picture?.blob) return;
    const address = URL.createObjectURL(picture.blob);
    const timer = setTimeout(() => setUrl(address));
    return () => {
      clearTimeout(timer);
      URL.revokeObjectURL(address);
      setUrl(undefined);
    };
  }, [picture]);
  const save = async () => {
    if (picture && !(await model.setPicture(picture.blob))) return;
    if (name.trim() !== conversation?.title && !(await model.rename(name))) return;
    if (purpose.trim() !== conversation?.purpose && !(await model.setPurpose(purpose))) return;
    onClose();
  };
  return (
    <Dialog
      title={t`Edit the group`}
      size="sm"
      isOpen
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isPending={busy !== undefined}
            isDisabled={name.trim() === ''}
            onPress={() => void save()}
          >{t`Save`}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-5 pt-2">
        {error !== undefined && (
          <Banner tone="danger" live="alert">
            {error}
          </Banner>
        )}
        <PictureChooser
          id={model.group}
          name={name}
          picture={picture ? (picture.blob ? url : undefined) : present}
          onChange={(blob) => setPicture({ blob })}
        />
        <TextField
          label={t`Name of the group`}
          value={name}
          onChange={(next) => setName(nameWithin(next))}
          validationBehavior="aria"
          {...(name.trim() === '' ? { error: t`Give the group a name.` } : {})}
        />
        <TextArea
          label={t`Purpose (optional)`}
          value={purpose}
          onChange={(next) => setPurpose(nameWithin(next, PURPOSE_BYTES_MAX))}
        />
      </div>
    </Dialog>
  );
}
