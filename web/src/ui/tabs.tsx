import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components';
import type { ReactNode } from 'react';

export interface TabItem {
  id: string;
  label: string;
  content: ReactNode;
}

export function Tabs({ label, tabs }: { label: string; tabs: readonly TabItem[] }) {
  return (
    <AriaTabs className="flex min-h-0 flex-col">
      <TabList aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line px-2">
        {tabs.map((tab) => (
          <Tab
            key={tab.id}
            id={tab.id}
            className="relative -mb-px flex min-h-11 items-center border-b-2 border-transparent px-3 text-sm font-medium whitespace-nowrap text-muted transition-colors outline-none hovered:text-text selected:border-accent selected:text-accent-text focus-ring:rounded-sm focus-ring:outline-2 focus-ring:-outline-offset-2 focus-ring:outline-focus"
          >
            {tab.label}
          </Tab>
        ))}
      </TabList>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className="pt-4 outline-none focus-ring:outline-2 focus-ring:outline-focus">
          {tab.content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
