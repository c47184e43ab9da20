import { fromBytes, runeCount, toBytes } from "../bytes.ts";
import { TemplateError, type TemplateErrorCode, type TemplateLocation } from "../errors.ts";

const EXCERPT_BYTES = 40;

/** A template's text, for telling where something stands in it. */
export class Source {
  readonly name: string;
  /** As bytes; see bytes.ts. */
  readonly bytes: string;

  constructor(name: string, text: string) {
    this.name = name;
    this.bytes = toBytes(text);
  }

  /** A delimiter as bytes, or the usual one where none is given. */
  delimiter(given: string | undefined, usual: string): string {
    return given === undefined || given === "" ? usual : toBytes(given);
  }

  locate(offset: number): TemplateLocation {
    let line = 1;
    let lineStart = 0;
    for (;;) {
      const newline = this.bytes.indexOf("\n", lineStart);
      if (newline < 0 || newline >= offset) break;
      line++;
      lineStart = newline + 1;
    }
    return { templateName: this.name, line, column: runeCount(this.bytes.slice(lineStart, offset)) + 1 };
  }

  /** The source between two offsets on one line, shortened. */
  excerpt(start: number, end: number): string {
    const text = fromBytes(this.bytes.slice(start, Math.min(end, start + EXCERPT_BYTES))).replace(
      /\s+/g,
      " ",
    );
    return end - start > EXCERPT_BYTES ? `${text}…` : text.trimEnd();
  }

  error(code: TemplateErrorCode, offset: number, problem: string): TemplateError {
    return new TemplateError(code, this.locate(offset), problem);
  }
}
