/** What is remembered at most; a key counts for the room that its value takes. */
export interface Bounds {
  readonly entries: number;
  /** Of all keys together. */
  readonly characters: number;
  /** A longer key is not remembered. */
  readonly charactersOfOne: number;
}

/** Values by key; beyond the bounds the one that was not used for longest is forgotten. */
export interface RecentlyUsed<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

export function recentlyUsed<Value>(bounds: Bounds): RecentlyUsed<Value> {
  // A Map goes through its keys in the order in which they were set.
  const values = new Map<string, Value>();
  let characters = 0;
  const forget = (key: string): void => {
    if (values.delete(key)) characters -= key.length;
  };
  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      forget(key);
      if (key.length > bounds.charactersOfOne) return;
      values.set(key, value);
      characters += key.length;
      for (const oldest of values.keys()) {
        if (values.size <= bounds.entries && characters <= bounds.characters) break;
        forget(oldest);
      }
    },
  };
}
