import { ChevronDown } from 'lucide-react';
import { useLingui } from '@lingui/react/macro';
import { Button as AriaButton, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { PanePage, Section } from '../../ui';

function Question({ title, children }: { title: string; children: string }) {
  return (
    <Disclosure className="group px-4">
      <Heading level={3}>
        <AriaButton
          slot="trigger"
          className="flex min-h-13 w-full items-center justify-between gap-3 rounded-sm text-start text-base font-medium"
        >
          {title}
          <ChevronDown
            aria-hidden="true"
            className="size-4.5 shrink-0 text-muted transition-transform group-data-[expanded]:rotate-180"
          />
        </AriaButton>
      </Heading>
      <DisclosurePanel>
        <p className="pb-4 text-base text-pretty text-muted">{children}</p>
      </DisclosurePanel>
    </Disclosure>
  );
}

function Key({ children }: { children: string }) {
  return (
    <kbd className="rounded-sm bg-sunken px-2 py-0.5 font-mono text-sm inset-ring inset-ring-line">{children}</kbd>
  );
}

export function HelpPage() {
  const { t } = useLingui();
  const mod = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
  const shortcuts = [
    { keys: [mod, 'K'], what: t`Search conversations and people` },
    { keys: ['Alt', '↑'], what: t`Previous conversation` },
    { keys: ['Alt', '↓'], what: t`Next conversation` },
    { keys: ['Enter'], what: t`Send` },
    { keys: ['Shift', 'Enter'], what: t`New line` },
    { keys: ['↑'], what: t`Edit the last message, in an empty field` },
    { keys: ['?'], what: t`All keyboard shortcuts` },
    { keys: ['Esc'], what: t`Close, or cancel a reply` },
  ];
  return (
    <PanePage title={t`Help`} back="/settings" backOnPhoneOnly>
      <Section flush title={t`Short answers`}>
        <Question title={t`Who can read what I write?`}>
          {t`The people in the conversation, and nobody in between: messages are encrypted on your device and decrypted on theirs. If your organisation keeps a copy, a recorder is shown as a member of the conversation.`}
        </Question>
        <Question title={t`I have a new phone. How do I move?`}>
          {t`Open your organisation’s Chancery address on the new phone, choose “I already have Chancery on another device” and scan the code with the old one. Your history comes along.`}
        </Question>
        <Question title={t`I lost a device. What now?`}>
          {t`Remove it under Settings → Devices on another device, and tell your administrator. If it was your only one, ask for a new invitation.`}
        </Question>
        <Question title={t`I forgot my PIN.`}>
          {t`Nobody can reset it. Erase Chancery on this device and link it again from another device of yours.`}
        </Question>
        <Question title={t`Does it work without a network?`}>
          {t`Yes. Everything on the device can be read and searched. What you write waits and goes out by itself, once.`}
        </Question>
        <Question title={t`Why doesn’t my message show two ticks?`}>
          {t`One tick: it is at the server. Two: it is on a device of everybody. Two in colour: everybody has read it.`}
        </Question>
        <Question title={t`How do I know that I write to the right person?`}>
          {t`Your organisation certifies every name. To be sure that nobody is in between, compare the safety number in the person’s details.`}
        </Question>
      </Section>
      <Section title={t`Keyboard`}>
        <dl className="flex flex-col gap-3">
          {shortcuts.map(({ keys, what }) => (
            <div key={what} className="flex items-center justify-between gap-4">
              <dt className="text-base">{what}</dt>
              <dd dir="ltr" className="flex shrink-0 gap-1">
                {keys.map((key) => (
                  <Key key={key}>{key}</Key>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </Section>
    </PanePage>
  );
}
