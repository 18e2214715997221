import { Tooltip as AriaTooltip, TooltipTrigger, type TooltipProps } from 'react-aria-components';
import type { ReactElement } from 'react';

/** A short name beside an icon button; never the only place of something important. */
export function Tooltip({
  text,
  children,
  placement = 'bottom',
}: {
  text: string;
  children: ReactElement;
  placement?: NonNullable<TooltipProps['placement']>;
}) {
  return (
    <TooltipTrigger delay={500} closeDelay={100}>
      {children}
      <AriaTooltip
        placement={placement}
        offset={6}
        className="max-w-64 rounded-sm bg-inverse px-2.5 py-1.5 text-sm text-on-inverse shadow-mid entering:animate-fade"
      >
        {text}
      </AriaTooltip>
    </TooltipTrigger>
  );
}
