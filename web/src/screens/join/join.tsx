import { Building2, Camera, CircleCheck, ClipboardPaste, ShieldCheck, Smartphone } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Disclosure, DisclosurePanel, Heading, Button as AriaButton } from 'react-aria-components';
import { useApp } from '../../app/context';
import { useModel } from '../../app/use-model';
import { JoinModel } from '../../models/join';
import { spaced } from '../../models/links';
import { Avatar, Badge, Banner, Button, FullPage, Progress, TextArea, TextField } from '../../ui';
import { QrScanner } from '../../ui/qr-scanner';
import { NewLock } from '../lock-form';
import { ProblemBanner } from '../problem-text';
import { PictureButton } from '../settings/picture-button';
import { usePasskey } from '../use-passkey';

export interface JoinProps {
  model: JoinModel;
  /** "I already have Chancery on another device". */
  onLinkInstead: () => void;
  onDone: () => void;
  /** Somebody came by a link into a group, which goes on afterwards. */
  toGroup?: boolean;
}

export function JoinScreen({ model, onLinkInstead, onDone, toGroup = false }: JoinProps) {
  const { step } = useModel(model);
  switch (step) {
    case 'link':
      return <AskForLink model={model} onLinkInstead={onLinkInstead} toGroup={toGroup} />;
    case 'invitation':
      return <Invitation model={model} onLinkInstead={onLinkInstead} />;
    case 'lock':
      return <Protect model={model} />;
    case 'joining':
      return <Joining model={model} />;
    case 'welcome':
      return <Welcome model={model} onDone={onDone} />;
  }
}

function AskForLink({ model, onLinkInstead, toGroup }: Pick<JoinProps, 'model' | 'onLinkInstead' | 'toGroup'>) {
  const { t } = useLingui();
  const { problem } = useModel(model);
  const [text, setText] = useState('');
  const [scanning, setScanning] = useState(false);
  return (
    <FullPage
      title={t`Welcome to Chancery`}
      lead={t`Messages inside your organisation, readable by nobody in between. You need an invitation: a link or a QR code from your organisation.`}
      footer={
        <Button
          variant="quiet"
          wide
          icon={<Smartphone aria-hidden="true" className="size-5" />}
          onPress={onLinkInstead}
        >
          {t`I already have Chancery on another device`}
        </Button>
      }
    >
      {toGroup === true && (
        <Banner tone="info">{t`This link leads into a group. First join your organisation here, or link this device; then it goes on.`}</Banner>
      )}
      <ProblemBanner problem={problem} />
      {scanning ? (
        <>
          <QrScanner label={t`Camera`} onText={(found) => model.open(found)} />
          <Button wide onPress={() => setScanning(false)}>{t`Paste the link instead`}</Button>
        </>
      ) : (
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            model.open(text);
          }}
        >
          <TextArea
            label={t`Invitation link`}
            value={text}
            onChange={setText}
            rows={3}
            monospace
            placeholder="https://…"
          />
          <Button
            type="submit"
            variant="primary"
            wide
            icon={<ClipboardPaste aria-hidden="true" className="size-5" />}
            isDisabled={text.trim() === ''}
          >
            {t`Open the invitation`}
          </Button>
          <Button wide icon={<Camera aria-hidden="true" className="size-5" />} onPress={() => setScanning(true)}>
            {t`Scan a QR code`}
          </Button>
        </form>
      )}
    </FullPage>
  );
}

/** The fingerprint of the organisation, for people who want to compare it. */
export function Fingerprint({ value }: { value: string }) {
  return (
    <p dir="ltr" className="grid grid-cols-4 gap-x-3 gap-y-1 rounded-md bg-sunken p-3 text-center font-mono text-sm">
      {spaced(value)
        .split(' ')
        .map((part, at) => (
          <span key={at}>{part}</span>
        ))}
    </p>
  );
}

function Invitation({ model, onLinkInstead }: { model: JoinModel; onLinkInstead: () => void }) {
  const { t } = useLingui();
  const { origin } = useApp();
  const { invitation, label, problem } = useModel(model);
  if (!invitation) return null;
  const elsewhere = invitation.origin !== origin;
  return (
    <FullPage
      icon={<Building2 aria-hidden="true" />}
      title={t`You’re invited`}
      lead={t`Your organisation runs Chancery on its own server. Only the people you write to can read what you write.`}
      footer={
        elsewhere ? (
          <Button variant="primary" wide onPress={() => location.assign(invitation.link)}>
            {t`Continue at ${invitation.host}`}
          </Button>
        ) : (
          <>
            <Button variant="primary" wide onPress={() => void model.accept()}>
              {t`Join`}
            </Button>
            <Button variant="quiet" wide onPress={onLinkInstead}>
              {t`I already have Chancery on another device`}
            </Button>
          </>
        )
      }
    >
      <ProblemBanner problem={problem} />
      {elsewhere && (
        <Banner tone="info">{t`This invitation is for another server than this page. You go on there.`}</Banner>
      )}
      <div className="flex items-center gap-3 rounded-lg p-4 inset-ring inset-ring-line">
        <Avatar id={invitation.host} name={invitation.host} shape="group" />
        <div className="min-w-0">
          <p className="truncate text-lg font-semibold">{invitation.host}</p>
          <p className="text-sm text-muted">{t`Your organisation’s server`}</p>
        </div>
      </div>
      {!elsewhere && (
        <TextField
          label={t`Name of this device`}
          description={t`You see it in your list of devices.`}
          value={label}
          onChange={(value) => model.setLabel(value)}
          maxLength={60}
        />
      )}
      <Disclosure>
        <Heading level={2}>
          <AriaButton
            slot="trigger"
            className="flex min-h-11 items-center gap-2 rounded-sm text-sm font-medium text-accent-text"
          >
            <ShieldCheck aria-hidden="true" className="size-4.5" />
            {t`How do I know that this is my organisation?`}
          </AriaButton>
        </Heading>
        <DisclosurePanel>
          <div className="flex flex-col gap-3 pt-1">
            <p className="text-sm text-muted">{t`The link carries this fingerprint of your organisation’s key; Chancery accepts no other. Your administrator can read it to you.`}</p>
            <Fingerprint value={invitation.fingerprint ?? ''} />
          </div>
        </DisclosurePanel>
      </Disclosure>
    </FullPage>
  );
}

function Protect({ model }: { model: JoinModel }) {
  const { t } = useLingui();
  const { busy, problem } = useModel(model);
  const passkey = usePasskey();
  return (
    <FullPage
      title={t`Protect this device`}
      lead={t`What you write and receive is stored encrypted here. Choose what opens it.`}
      onBack={busy ? undefined : () => model.back()}
    >
      {passkey !== undefined && (
        <NewLock
          passkey={passkey}
          busy={busy}
          problem={problem}
          submit={t`Continue`}
          onLock={(lock) => void model.protect(lock)}
        />
      )}
    </FullPage>
  );
}

function Joining({ model }: { model: JoinModel }) {
  const { t } = useLingui();
  const { busy, problem } = useModel(model);
  return (
    <FullPage
      title={problem ? t`Not joined yet` : t`Joining …`}
      lead={problem ? undefined : t`Your keys are made on this device and certified by your organisation.`}
    >
      {problem ? (
        <ProblemBanner problem={problem} onRetry={() => void model.join()} />
      ) : (
        <Progress label={t`Joining`} hideLabel />
      )}
      {problem && !problem.retry && (
        <Button wide isDisabled={busy} onPress={() => model.restart()}>
          {t`Use another invitation`}
        </Button>
      )}
    </FullPage>
  );
}

function Welcome({ model, onDone }: { model: JoinModel; onDone: () => void }) {
  const { t } = useLingui();
  const { joined } = useModel(model);
  const [notMe, setNotMe] = useState(false);
  if (!joined) return null;
  return (
    <FullPage
      icon={<CircleCheck aria-hidden="true" />}
      title={t`Welcome, ${joined.name}`}
      lead={t`You’ve joined ${joined.organisation}.`}
      footer={
        <>
          <Button variant="primary" wide onPress={onDone}>{t`Start`}</Button>
          {!notMe && (
            <Button variant="quiet" wide onPress={() => setNotMe(true)}>
              {t`This isn’t my name`}
            </Button>
          )}
        </>
      }
    >
      {notMe && (
        <Banner tone="warning" live="status" title={t`Tell your administrator`}>
          {t`The name comes from the invitation. If it is misspelt, your administrator changes it. If it is somebody else’s, don’t go on: you used another person’s invitation.`}
        </Banner>
      )}
      <div className="flex flex-col items-center gap-3 rounded-lg bg-sunken p-6">
        <PictureButton user={joined.user} name={joined.name} />
        <p className="text-lg font-semibold">{joined.name}</p>
        <Badge>{joined.user}</Badge>
        <p className="text-center text-sm text-muted">{t`A picture helps colleagues to recognise you. You can add one later, too.`}</p>
      </div>
    </FullPage>
  );
}
