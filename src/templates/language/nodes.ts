/** Where something stands in the source: byte offsets, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A numeric constant can be several things at once; the place it is used in decides which. */
export interface NumberNode extends Span {
  readonly kind: "number";
  readonly text: string;
  readonly int: bigint | undefined;
  readonly uint: bigint | undefined;
  readonly float: number | undefined;
  readonly complex: { readonly real: number; readonly imaginary: number } | undefined;
}

/** What a command may be made of. */
export type Operand =
  | (Span & { readonly kind: "bool"; readonly value: boolean })
  | (Span & { readonly kind: "dot" })
  | (Span & { readonly kind: "nil" })
  | NumberNode
  | (Span & { readonly kind: "string"; readonly value: string })
  | (Span & { readonly kind: "field"; readonly names: readonly string[] })
  | (Span & { readonly kind: "variable"; readonly name: string; readonly names: readonly string[] })
  | (Span & { readonly kind: "chain"; readonly of: Operand; readonly names: readonly string[] })
  | (Span & { readonly kind: "function"; readonly name: string })
  | Pipe;

/** One stage of a pipeline: an operand and its arguments. */
export interface Command extends Span {
  readonly first: Operand;
  readonly rest: readonly Operand[];
}

/** `$a, $b := command | command`. */
export interface Pipe extends Span {
  readonly kind: "pipe";
  readonly variables: readonly string[];
  /** `=` rather than `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** One piece of a template. */
export type Node =
  | (Span & { readonly kind: "text"; readonly text: string })
  | (Span & { readonly kind: "action"; readonly pipe: Pipe })
  | (Span & { readonly kind: "break" })
  | (Span & { readonly kind: "continue" })
  | (Span & {
      readonly kind: "if" | "with" | "range";
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[] | undefined;
    })
  | (Span & { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | undefined });

/** What a source text defines: its own body under the name `""`, and every `define` and `block`. */
export type Definitions = ReadonlyMap<string, readonly Node[]>;
