import { useSyncExternalStore } from 'react';
import type { Model } from '../models/model';

/** The present snapshot of a model; the component renders again when it changes. */
export function useModel<S extends object>(model: Model<S>): S {
  return useSyncExternalStore(model.subscribe, model.getSnapshot);
}

/** A part of a model's snapshot, a primitive or an object that stays the same; the component renders again when it is another one. */
export function useSelected<S extends object, P>(model: Model<S>, select: (state: S) => P): P {
  return useSyncExternalStore(model.subscribe, () => select(model.getSnapshot()));
}
