import { readFileSync } from "node:fs";
import pg from "pg";

/** A pool whose every new connection uses the URL that is in the file at that moment. */
export function createRotatingPool(file: string, maxLifetimeSeconds = 45): pg.Pool {
  class CurrentClient extends pg.Client {
    constructor() {
      super(readFileSync(file, "utf8").trim());
    }
  }
  return new pg.Pool({ Client: CurrentClient, maxLifetimeSeconds });
}
