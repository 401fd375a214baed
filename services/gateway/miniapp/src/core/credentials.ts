// Credentials of secret polls, which a device keeps as it keeps its key: whoever has one casts in the voter's place. Each lies under a name of its own, and the
// list of names is what is forgotten by when somebody leaves.
import { readJSON, type Store } from "@renlin/client";
import { store } from "./platform";

const names = "secret/names";

/** credentials is the store as a voter in secret polls uses it. */
export const credentials: Store = {
  ...store,
  set: async (key, value) => {
    const known = (await readJSON<string[]>(store, names)) || [];
    if (!known.includes(key)) await store.set(names, JSON.stringify([...known, key])); // first, so that it is found
    await store.set(key, value);
  },
};

/** credentialsHere tells of how many secret polls this device has a credential. */
export const credentialsHere = async (): Promise<number> => ((await readJSON<string[]>(store, names)) || []).length;

export async function forgetCredentials(): Promise<void> {
  for (const name of (await readJSON<string[]>(store, names)) || []) await store.remove(name);
  await store.remove(names);
}

/** castHere tells whether this device has cast a ballot of this member in a secret poll; the record does not say whose a ballot is. */
export async function castHere(poll: string, member: string): Promise<boolean> {
  const kept = await readJSON<{ cast: { challenged?: boolean }[] }>(store, `secret/${poll}/${member}`);
  return kept !== undefined && kept.cast.some((c) => !c.challenged);
}
