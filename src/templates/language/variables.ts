/** The names in scope, with their scopes: looking one up takes the same time however many there are. */
export class Variables {
  readonly #stack: string[] = [];
  readonly #counts = new Map<string, number>([["$", 1]]);

  get depth(): number {
    return this.#stack.length;
  }

  declare(name: string): void {
    this.#stack.push(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  has(name: string): boolean {
    return (this.#counts.get(name) ?? 0) > 0;
  }

  leave(depth: number): void {
    for (const name of this.#stack.splice(depth)) this.#counts.set(name, (this.#counts.get(name) ?? 0) - 1);
  }
}
