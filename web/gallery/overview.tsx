import type { Entry } from './entry';

/** The list of everything, as links. The scripts read it from here. */
export function Overview({ entries }: { entries: readonly Entry[] }) {
  const groups = [...new Set(entries.map((entry) => entry.group))];
  return (
    <main className="scroller h-full p-6">
      <h1 className="mb-4 text-2xl font-semibold">Gallery</h1>
      {groups.map((group) => (
        <section key={group} className="mb-6">
          <h2 className="mb-2 text-lg font-semibold">{group}</h2>
          <ul className="flex flex-wrap gap-x-4">
            {entries
              .filter((entry) => entry.group === group)
              .map((entry) => (
                <li key={entry.id}>
                  <a
                    data-entry={entry.id}
                    href={`?entry=${entry.id}`}
                    className="inline-flex min-h-11 items-center text-accent-text underline"
                  >
                    {entry.title}
                  </a>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </main>
  );
}
