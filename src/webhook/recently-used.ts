/** What is remembered at most. */
export interface Bounds {
  readonly entries: number;
  /** Of all entries together, as `set` was told. */
  readonly bytes: number;
  /** A larger entry is not remembered. */
  readonly bytesOfOne: number;
}

/** Values by key; beyond the bounds the one that was not used for longest is forgotten. */
export interface RecentlyUsed<Value> {
  get(key: string): Value | undefined;
  /** `bytes`: the room that key and value take. */
  set(key: string, value: Value, bytes: number): void;
}

export function recentlyUsed<Value>(bounds: Bounds): RecentlyUsed<Value> {
  // A Map goes through its keys in the order in which they were set.
  const entries = new Map<string, { readonly value: Value; readonly bytes: number }>();
  let bytes = 0;
  const forget = (key: string): void => {
    const entry = entries.get(key);
    if (entry !== undefined && entries.delete(key)) bytes -= entry.bytes;
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytesOfOne) {
      forget(key);
      if (bytesOfOne > bounds.bytesOfOne) return;
      entries.set(key, { value, bytes: bytesOfOne });
      bytes += bytesOfOne;
      for (const oldest of entries.keys()) {
        if (entries.size <= bounds.entries && bytes <= bounds.bytes) break;
        forget(oldest);
      }
    },
  };
}
