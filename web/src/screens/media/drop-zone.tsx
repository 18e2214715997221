import { useLingui } from '@lingui/react/macro';
import { Upload } from 'lucide-react';
import { useRef, useState, type ClipboardEvent, type ReactNode } from 'react';
import { cx } from '../../ui';

/** Whether something dragged has files in it. */
function hasFiles(transfer: DataTransfer): boolean {
  return transfer.types.includes('Files');
}

/** Files of a paste; none when it is text, which the field takes itself. */
export function filesOf(event: ClipboardEvent): File[] {
  const { clipboardData } = event;
  // Office programs put a picture of copied text beside the text.
  if (clipboardData.types.includes('text/plain')) return [];
  return [...clipboardData.files];
}

/** The part of a screen that takes files dropped on it. */
export function DropZone({
  onFiles,
  onFolders,
  isDisabled = false,
  className,
  children,
}: {
  onFiles: (files: File[]) => void;
  /** Folders were among what was dropped, with these names. */
  onFolders?: (names: string[]) => void;
  isDisabled?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const [over, setOver] = useState(false);
  // Entering a child leaves its parent: only the balance says whether the pointer is inside.
  const depth = useRef(0);
  if (isDisabled) return <div className={cx('relative', className)}>{children}</div>;
  return (
    // Files can be chosen and pasted by keyboard; dropping is one more way.
    <div
      role="presentation"
      className={cx('relative', className)}
      onDragEnter={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        depth.current += 1;
        setOver(true);
      }}
      onDragOver={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
      }}
      onDragLeave={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        depth.current = Math.max(0, depth.current - 1);
        if (depth.current === 0) setOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        // A folder has no bytes of its own and would arrive as an empty file.
        const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry());
        const folders = entries.filter((entry) => entry?.isDirectory === true);
        const files = [...event.dataTransfer.files].filter((_, at) => entries[at]?.isDirectory !== true);
        if (folders.length > 0) onFolders?.(folders.map((entry) => entry?.name ?? ''));
        if (files.length > 0) onFiles(files);
      }}
    >
      {children}
      {over && <DropOverlay text={t`Drop files to send them`} />}
    </div>
  );
}

export function DropOverlay({ text }: { text: string }) {
  return (
    <div className="pointer-events-none absolute inset-0 z-30 flex animate-fade items-center justify-center bg-scrim p-4">
      <div className="flex flex-col items-center gap-3 rounded-xl border-2 border-dashed border-accent bg-raised px-10 py-8 text-lg font-medium text-text shadow-high">
        <span className="flex size-16 items-center justify-center rounded-full bg-accent-soft text-on-accent-soft">
          <Upload aria-hidden="true" className="size-7" />
        </span>
        {text}
      </div>
    </div>
  );
}
