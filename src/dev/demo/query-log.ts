/** One line of the app's output: a query that ended. */
interface QueryLine {
  readonly ok: boolean;
  readonly attempts: number;
  readonly user?: string;
  readonly error?: string;
  /** Unix milliseconds. */
  readonly started: number;
  readonly ended: number;
}

/** What the app saw of PostgreSQL. */
export interface QueryTotals {
  readonly queries: number;
  readonly failed: number;
  /** Answered, but only after PostgreSQL had refused at least one login. */
  readonly retried: number;
  /** Of `retried`, those that ran outside every expected disturbance. */
  readonly retriedUnexpectedly: number;
  readonly users: number;
  readonly lastError: string | undefined;
}

/** Keeps the books of the app's queries, and knows when a disturbance was ours. */
export class QueryLog {
  readonly #lines: QueryLine[] = [];
  readonly #disturbances: { readonly from: number; until: number }[] = [];

  /** Takes one line of the app's output; anything else than a query's line is ignored. */
  add(line: string): void {
    if (!line.startsWith('{"event":"query"')) return;
    this.#lines.push(JSON.parse(line) as QueryLine);
  }

  /** From now until `endDisturbance`, refused logins are our own doing. Times are Unix milliseconds. */
  beginDisturbance(now: number): void {
    this.#disturbances.push({ from: now, until: Number.POSITIVE_INFINITY });
  }

  endDisturbance(now: number): void {
    const last = this.#disturbances.at(-1);
    if (last) last.until = now;
  }

  /** PostgreSQL user of the newest answered query. */
  get user(): string | undefined {
    return this.#lines.findLast((line) => line.ok)?.user;
  }

  totals(): QueryTotals {
    const retried = this.#lines.filter((line) => line.ok && line.attempts > 1);
    return {
      queries: this.#lines.length,
      failed: this.#lines.filter((line) => !line.ok).length,
      retried: retried.length,
      retriedUnexpectedly: retried.filter((line) => !this.#disturbed(line)).length,
      users: new Set(this.#lines.flatMap((line) => line.user ?? [])).size,
      lastError: this.#lines.findLast((line) => !line.ok)?.error,
    };
  }

  #disturbed({ started, ended }: QueryLine): boolean {
    return this.#disturbances.some(({ from, until }) => ended >= from && started <= until);
  }
}
