/** The contract with the core. Everything above the engine imports from here. */
export type * from './generated';
