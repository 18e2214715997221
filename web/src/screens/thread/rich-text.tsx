import { Fragment, memo, useMemo, type ReactNode } from 'react';
import { useLingui } from '@lingui/react/macro';
import { parseRichText } from '../../models/rich-text/parse';
import { emojiOnly } from '../../models/rich-text/text';
import type { Block, Inline } from '../../models/rich-text/types';
import { cx } from '../../ui';

/** Blocks of a message as elements: only these, and no attribute that comes from the message but a checked address. */
function blocks(nodes: readonly Block[], me: string | null, end: ReactNode): ReactNode {
  return nodes.map((node, n) => {
    const tail = n === nodes.length - 1 ? end : null;
    switch (node.t) {
      case 'p':
        return (
          <p key={n} dir="auto">
            {inlines(node.c, me)}
            {tail}
          </p>
        );
      case 'quote':
        return (
          <Fragment key={n}>
            <blockquote className="border-s-2 border-accent ps-2.5 opacity-85">{blocks(node.c, me, null)}</blockquote>
            {tail}
          </Fragment>
        );
      case 'list': {
        const items = node.items.map((item, at) => <li key={at}>{blocks(item, me, null)}</li>);
        return (
          <Fragment key={n}>
            {node.start === null ? (
              <ul dir="auto" className="list-disc ps-5">
                {items}
              </ul>
            ) : (
              <ol dir="auto" start={node.start} className="list-decimal ps-6">
                {items}
              </ol>
            )}
            {tail}
          </Fragment>
        );
      }
      case 'pre':
        return (
          <Fragment key={n}>
            {/* Wide code scrolls; a keyboard has to get there, too. */}
            <pre
              // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
              tabIndex={0}
              dir="ltr"
              className="scroller max-h-96 overflow-auto rounded-sm bg-black/6 p-2.5 text-start font-mono text-sm dark:bg-white/8"
            >
              <code>{node.v}</code>
            </pre>
            {tail}
          </Fragment>
        );
    }
  });
}

function inlines(nodes: readonly Inline[], me: string | null): ReactNode {
  return nodes.map((node, n): ReactNode => {
    switch (node.t) {
      case 'text':
        return <Fragment key={n}>{node.v}</Fragment>;
      case 'break':
        return <br key={n} />;
      case 'strong':
        return <strong key={n}>{inlines(node.c, me)}</strong>;
      case 'em':
        return <em key={n}>{inlines(node.c, me)}</em>;
      case 'strike':
        return <s key={n}>{inlines(node.c, me)}</s>;
      case 'code':
        return (
          <code key={n} className="rounded-[0.25em] bg-black/6 px-1 py-px font-mono text-[0.9em] dark:bg-white/8">
            {node.v}
          </code>
        );
      case 'link':
        return (
          <Fragment key={n}>
            <a
              href={node.href}
              target="_blank"
              rel="noopener noreferrer"
              className="text-accent-text underline underline-offset-2"
            >
              {inlines(node.c, me)}
            </a>
            {node.host !== null && <span className="text-[0.9em] opacity-80"> ({node.host})</span>}
          </Fragment>
        );
      case 'mention':
      case 'everyone': {
        const mine = node.t === 'everyone' || node.user === me;
        return (
          <bdi
            key={n}
            className={cx('rounded-[0.3em] px-0.5 font-medium', mine ? 'bg-accent text-on-accent' : 'text-accent-text')}
          >
            @{node.name}
          </bdi>
        );
      }
    }
  });
}

/** How much of a very long message is shown at once. */
const FOLDED_CHARS = 3000;

export interface RichTextProps {
  text: string;
  me: string | null;
  /** Whether the whole of a long text is shown. */
  full?: boolean;
  onFull?: () => void;
  /** Stands after the last word: room for the time. */
  end?: ReactNode;
}

/** A message's words. */
export const RichText = memo(function RichText({ text, me, full = false, onFull, end = null }: RichTextProps) {
  const { t } = useLingui();
  const folded = !full && text.length > FOLDED_CHARS * 1.2;
  // Not in the middle of a sign.
  const shown = folded ? `${text.slice(0, FOLDED_CHARS).replace(/[\uD800-\uDBFF\u200D]+$/, '')}…` : text;
  const nodes = useMemo(() => parseRichText(shown), [shown]);
  const big = emojiOnly(text);
  if (big > 0)
    return (
      <p className={cx('leading-tight', big === 1 ? 'text-[3rem]' : big <= 3 ? 'text-[2.25rem]' : 'text-[1.75rem]')}>
        {text.trim()}
      </p>
    );
  return (
    <div className="space-y-1.5 break-words [overflow-wrap:anywhere]">
      {blocks(nodes, me, folded ? null : end)}
      {folded && (
        <button
          type="button"
          onClick={onFull}
          className="min-h-6 font-medium text-accent-text underline-offset-2 hover:underline"
        >
          {t`Show all`}
        </button>
      )}
    </div>
  );
});
