import { type KeyMaker, newKeys } from "../../src/certs/authority.ts";

/** Two key pairs, handed out in turn: a test of a year's certificates need not make a year's keys. */
export async function fixedKeys(): Promise<KeyMaker> {
  const pairs = await Promise.all([newKeys(), newKeys()]);
  let next = 0;
  return async () => {
    const pair = pairs[next++ % pairs.length];
    if (!pair) throw new Error("no keys");
    return pair;
  };
}
