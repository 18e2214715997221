export { InfoPanel, type InfoPanelProps } from './info-panel';
export { PersonProfile, type Person } from './person-profile';
export { StarredPage } from './starred-page';
