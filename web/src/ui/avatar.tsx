import { cx } from './cx';
import { initials, toneOf } from './identity';

// Written out, because Tailwind reads class names from the source.
const tones = [
  'bg-avatar-1 text-on-avatar-1',
  'bg-avatar-2 text-on-avatar-2',
  'bg-avatar-3 text-on-avatar-3',
  'bg-avatar-4 text-on-avatar-4',
  'bg-avatar-5 text-on-avatar-5',
  'bg-avatar-6 text-on-avatar-6',
  'bg-avatar-7 text-on-avatar-7',
  'bg-avatar-8 text-on-avatar-8',
];

const sizes = {
  xs: 'size-6 text-[0.625rem]',
  sm: 'size-8 text-xs',
  md: 'size-10 text-sm',
  lg: 'size-12 text-base',
  xl: 'size-20 text-2xl',
  '2xl': 'size-28 text-3xl',
};

export interface AvatarProps {
  /** Decides the colour; stays the same when the name changes. */
  id: string;
  name: string;
  picture?: string | undefined;
  size?: keyof typeof sizes;
  /** Groups are rounded squares, people are circles. */
  shape?: 'person' | 'group';
  className?: string;
}

/** Decoration beside a name; hidden from screen readers, which hear the name. */
export function Avatar({ id, name, picture, size = 'lg', shape = 'person', className }: AvatarProps) {
  const shared = cx(
    'shrink-0 overflow-hidden',
    shape === 'person' ? 'rounded-full' : 'rounded-[30%]',
    sizes[size],
    className,
  );
  if (picture !== undefined)
    return <img src={picture} alt="" draggable={false} className={cx(shared, 'bg-sunken object-cover')} />;
  return (
    <span
      aria-hidden="true"
      // Drawn by the style sheet: a picture of a name, not text that a button around it would have to repeat in its label.
      data-initials={initials(name)}
      className={cx(
        shared,
        'flex items-center justify-center font-semibold tracking-wide select-none before:content-[attr(data-initials)]',
        tones[toneOf(id, tones.length)],
      )}
    />
  );
}
