/** One line of a diff: kept, only in the old text, or only in the new one. */
interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

const CONTEXT = 3;

/** Beyond this many pairs of lines a part is shown as replaced rather than compared line by line. */
const MOST_PAIRS = 16_000_000;

/** A part of a text, such as one document of a stream, before and after. */
export interface ChangedPart {
  readonly before: string;
  readonly after: string;
}

/** A unified diff of a text that is given in parts; `""` when nothing changed. */
export function unifiedDiff(parts: readonly ChangedPart[], name: string): string {
  const lines = parts.flatMap(({ before, after }) => diffLines(linesOf(before), linesOf(after)));
  if (lines.every(({ sign }) => sign === " ")) {
    return "";
  }
  return `--- ${name}\n+++ ${name} (injected)\n${hunks(lines).join("")}`;
}

/** Lines with their ends; only the last may lack one. */
function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

/** Injection adds and seldom changes: common start and end are cut off, the rest is compared in a table. */
function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) {
    start++;
  }
  let tail = 0;
  while (
    tail < before.length - start &&
    tail < after.length - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail++;
  }
  const kept = (text: string): DiffLine => ({ sign: " ", text });
  return [
    ...before.slice(0, start).map(kept),
    ...changedLines(before.slice(start, before.length - tail), after.slice(start, after.length - tail)),
    ...before.slice(before.length - tail).map(kept),
  ];
}

function changedLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  if (before.length * after.length > MOST_PAIRS) {
    return [
      ...before.map((text): DiffLine => ({ sign: "-", text })),
      ...after.map((text): DiffLine => ({ sign: "+", text })),
    ];
  }
  const lengths = commonLengths(before, after);
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const fresh = after[j];
    if (old !== undefined && old === fresh) {
      lines.push({ sign: " ", text: old });
      i++;
      j++;
    } else if (old !== undefined && (fresh === undefined || at(lengths, i + 1, j) >= at(lengths, i, j + 1))) {
      lines.push({ sign: "-", text: old });
      i++;
    } else {
      lines.push({ sign: "+", text: fresh ?? "" });
      j++;
    }
  }
  return lines;
}

/** `[i][j]`: the length of the longest common subsequence of what follows lines i and j. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = rows[i];
      if (row !== undefined) {
        row[j] =
          before[i] === after[j]
            ? at(rows, i + 1, j + 1) + 1
            : Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
      }
    }
  }
  return rows;
}

function at(rows: readonly Uint32Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}

/** An empty range is named by the line before it. */
function range(start: number, count: number): string {
  return `${count === 0 ? start - 1 : start},${count}`;
}

function printed({ sign, text }: DiffLine): string {
  return text.endsWith("\n") ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file\n`;
}

function hunks(lines: readonly DiffLine[]): string[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== " "),
  );
  const found: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  for (let index = 0; index < lines.length; ) {
    const end = near.indexOf(false, index);
    const hunk = near[index] === true ? lines.slice(index, end === -1 ? undefined : end) : [];
    const step = hunk.length === 0 ? lines.slice(index, index + 1) : hunk;
    const olds = step.filter(({ sign }) => sign !== "+").length;
    const news = step.filter(({ sign }) => sign !== "-").length;
    if (hunk.length > 0) {
      const body = hunk.map(printed).join("");
      found.push(`@@ -${range(oldLine, olds)} +${range(newLine, news)} @@\n${body}`);
    }
    oldLine += olds;
    newLine += news;
    index += step.length;
  }
  return found;
}
