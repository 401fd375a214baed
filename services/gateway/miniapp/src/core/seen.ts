// Up to where a principal has looked at what helpers did for them. It is kept on this device only: the record says what was done, and what
// was taken back.
import { store } from "./platform";

const name = "acts/seen";

export const seenActs = async (): Promise<number> => Number((await store.get(name)) || 0);

export const seeActs = (position: number): Promise<void> => store.set(name, String(position));
