// Where a device keeps what it must not lose. Values are texts; wx.setStorage, localStorage or a file will do.

export interface Store {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
}

/** memoryStore forgets everything when the program ends. */
export function memoryStore(): Store {
  const kept = new Map<string, string>();
  return {
    get: async (key) => kept.get(key),
    set: async (key, value) => void kept.set(key, value),
    remove: async (key) => void kept.delete(key),
  };
}

/** readJSON reads a value that this program wrote; what is torn or of another version counts as not there. */
export async function readJSON<T>(store: Store, key: string): Promise<T | undefined> {
  const text = await store.get(key);
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
