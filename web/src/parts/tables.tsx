/** Tables of numbers: aligned, with their unit in the heading, sorted by a click on it. */
import type { ComponentChildren } from "preact";

export interface Column {
  id: string;
  name: string;
  /** Under the name; of numbers. */
  unit?: string;
  number?: boolean;
  /** What it means, as a title. */
  hint?: string;
  sortable?: boolean;
}

interface TableProps {
  /** Its name for those who do not see it. */
  label: string;
  columns: Column[];
  rows: ComponentChildren[][];
  /** A last line under a rule: totals. */
  foot?: ComponentChildren[] | undefined;
  /** The column it is sorted by, `-` before it for descending. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** Whether what is shown is not of the question asked now. */
  stale?: boolean;
}

/** Numbers are first sorted from the largest on, words from the first. */
function nextSort(sort: string | undefined, { id, number }: Column): string {
  if (sort === `-${id}`) return id;
  if (sort === id) return `-${id}`;
  return number ? `-${id}` : id;
}

export function DataTable({ label, columns, rows, foot, sort, onSort, stale = false }: TableProps) {
  const direction = (id: string) => (sort === id ? "ascending" : sort === `-${id}` ? "descending" : undefined);
  return (
    <div class={stale ? "table-box stale" : "table-box"} role="group" aria-label={label} tabIndex={0} aria-busy={stale}>
      <table class="data" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" class={column.number ? "number" : ""} aria-sort={direction(column.id)} title={column.hint}>
                {column.sortable && onSort ? (
                  <button type="button" class="sorter" onClick={() => onSort(nextSort(sort, column))}>
                    {column.name}
                    <span class="arrow" aria-hidden="true">
                      {direction(column.id) === "ascending" ? "↑" : direction(column.id) === "descending" ? "↓" : ""}
                    </span>
                  </button>
                ) : (
                  column.name
                )}
                {column.unit && <span class="th-unit">{column.unit}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, n) => (
            <Line key={n} cells={row} columns={columns} />
          ))}
        </tbody>
        {foot && (
          <tfoot>
            <Line cells={foot} columns={columns} />
          </tfoot>
        )}
      </table>
    </div>
  );
}

function Line({ cells, columns }: { cells: ComponentChildren[]; columns: Column[] }) {
  return (
    <tr>
      {cells.map((cell, place) => {
        const number = columns[place]?.number;
        return place === 0 && !number ? (
          <th key={place} scope="row">
            {cell}
          </th>
        ) : (
          <td key={place} class={number ? "number" : ""}>
            {cell}
          </td>
        );
      })}
    </tr>
  );
}
