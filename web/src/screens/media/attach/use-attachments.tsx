import { useLingui } from '@lingui/react/macro';
import { Camera, Contact, FileText, Image, MapPin, Paperclip, ScanLine } from 'lucide-react';
import { lazy, Suspense, useCallback, useRef, useState, type ClipboardEvent, type ReactNode } from 'react';
import type { Engine } from '../../../engine/engine';
import { IconButton, Menu, MenuItem, MenuTrigger, Tooltip } from '../../../ui';
import { filesOf } from '../drop-zone';
import type { OutgoingModel, SendAs } from '../prepare/outgoing-model';

// Only who attaches something loads these.
const SendSheet = lazy(() => import('../prepare/send-sheet').then((part) => ({ default: part.SendSheet })));
const CameraDialog = lazy(() => import('../camera/camera-dialog').then((part) => ({ default: part.CameraDialog })));
const ScanDialog = lazy(() => import('../scan/scan-dialog').then((part) => ({ default: part.ScanDialog })));
const LocationDialog = lazy(() =>
  import('../location/location-dialog').then((part) => ({ default: part.LocationDialog })),
);
const ContactDialog = lazy(() => import('../contact/contact-dialog').then((part) => ({ default: part.ContactDialog })));

type Open = 'files' | 'camera' | 'scan' | 'location' | 'contact';

export interface AttachmentOptions {
  engine: Engine;
  group: string;
  /** Who gets it: the conversation's title. */
  title: string;
  replyTo?: string | undefined;
  /** Something was handed to the engine, these files among it; the reply is used up. */
  onSent?: (files: readonly File[]) => void;
}

export interface Attachments {
  /** From a drop, a paste or the picker: opens the sheet. */
  addFiles: (files: readonly File[], sendAs?: SendAs) => void;
  /** On the composer; takes files out of a paste and leaves text alone. */
  onPaste: (event: ClipboardEvent) => void;
  open: (what: Exclude<Open, 'files'>) => void;
  chooseFiles: (accept?: string, sendAs?: SendAs) => void;
  /** Put it beside the composer: the open dialog, if any, and the hidden picker. */
  element: ReactNode;
}

/** Everything that can be attached in one conversation. */
export function useAttachments({ engine, group, title, replyTo, onSent }: AttachmentOptions): Attachments {
  const [open, setOpen] = useState<Open>();
  const [outgoing, setOutgoing] = useState<OutgoingModel>();
  const picker = useRef<HTMLInputElement>(null);
  const pickedAs = useRef<SendAs>('media');

  const addFiles = useCallback(
    (files: readonly File[], sendAs: SendAs = 'media') => {
      if (files.length === 0) return;
      void import('../prepare/outgoing-model').then(({ OutgoingModel }) => {
        const model = new OutgoingModel(engine, group);
        setOutgoing(model);
        setOpen('files');
        void model.add(files, sendAs);
      });
    },
    [engine, group],
  );
  const onPaste = useCallback(
    (event: ClipboardEvent) => {
      const files = filesOf(event);
      if (files.length === 0) return;
      event.preventDefault();
      addFiles(files);
    },
    [addFiles],
  );
  const chooseFiles = useCallback((accept = '', sendAs: SendAs = 'media') => {
    if (!picker.current) return;
    pickedAs.current = sendAs;
    picker.current.accept = accept;
    picker.current.click();
  }, []);
  const close = (sent: boolean) => {
    setOpen(undefined);
    setOutgoing(undefined);
    if (sent || (outgoing && outgoing.sentFiles.length > 0)) onSent?.(outgoing?.sentFiles ?? []);
  };
  const element = (
    <>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          addFiles([...(event.target.files ?? [])], pickedAs.current);
          event.target.value = '';
        }}
      />
      <Suspense fallback={null}>
        {open === 'files' && outgoing && <SendSheet model={outgoing} title={title} replyTo={replyTo} onClose={close} />}
        {open === 'camera' && <CameraDialog onPicture={(file) => addFiles([file])} onClose={() => close(false)} />}
        {open === 'scan' && <ScanDialog onDone={(file) => addFiles([file])} onClose={() => close(false)} />}
        {open === 'location' && <LocationDialog engine={engine} group={group} title={title} onClose={close} />}
        {open === 'contact' && <ContactDialog engine={engine} group={group} title={title} onClose={close} />}
      </Suspense>
    </>
  );
  return { addFiles, onPaste, open: setOpen, chooseFiles, element };
}

/** The paper clip of the composer and its menu. */
export function AttachButton({ attachments, isDisabled = false }: { attachments: Attachments; isDisabled?: boolean }) {
  const { t } = useLingui();
  return (
    <MenuTrigger>
      <Tooltip text={t`Attach`}>
        <IconButton label={t`Attach`} isDisabled={isDisabled}>
          <Paperclip aria-hidden="true" className="size-5" />
        </IconButton>
      </Tooltip>
      <AttachMenu attachments={attachments} />
    </MenuTrigger>
  );
}

export function AttachMenu({ attachments }: { attachments: Attachments }) {
  const { t } = useLingui();
  return (
    <Menu
      placement="top start"
      onAction={(key) => {
        if (key === 'media') attachments.chooseFiles('image/*,video/*');
        else if (key === 'files') attachments.chooseFiles('', 'document');
        else attachments.open(key as Exclude<Open, 'files'>);
      }}
    >
      <MenuItem id="media" icon={<Image />}>{t`Photos and videos`}</MenuItem>
      <MenuItem id="camera" icon={<Camera />}>{t`Camera`}</MenuItem>
      <MenuItem id="files" icon={<FileText />}>{t`Document`}</MenuItem>
      <MenuItem id="scan" icon={<ScanLine />}>{t`Scan a document`}</MenuItem>
      <MenuItem id="location" icon={<MapPin />}>{t`Location`}</MenuItem>
      <MenuItem id="contact" icon={<Contact />}>{t`Contact`}</MenuItem>
    </Menu>
  );
}
