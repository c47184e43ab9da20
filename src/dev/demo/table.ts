import type { Row } from "./promises.ts";

/** The closing table as lines of text. */
export function renderTable(rows: readonly Row[]): readonly string[] {
  const width = (pick: (row: Row) => string, least: number) =>
    Math.max(least, ...rows.map((row) => pick(row).length));
  const what = width((row) => row.what, 0);
  const counted = width((row) => row.counted, "counted".length);
  const promised = width((row) => row.promised, "promised".length);
  const line = (row: Omit<Row, "kept">, mark: string) =>
    `  ${row.what.padEnd(what)}  ${row.counted.padStart(counted)}  ${row.promised.padStart(promised)}  ${mark}`.trimEnd();
  return [
    line({ what: "", counted: "counted", promised: "promised" }, ""),
    ...rows.map((row) => line(row, row.kept ? "ok" : "BROKEN")),
  ];
}
