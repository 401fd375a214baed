// A table that becomes a list of cards where the screen is as narrow as a telephone's: nothing has to be pushed sideways.
import type { ComponentChildren } from "preact";

export interface Column<T> {
  head: string;
  cell: (one: T) => ComponentChildren;
  number?: boolean;
}

/** List shows rows under heads; the first column names the row. */
export function List<T>(props: { caption: string; rows: T[]; columns: Column<T>[]; id: (one: T) => string; empty: string }) {
  if (props.rows.length === 0) return <p class="quiet">{props.empty}</p>;
  const [first, ...rest] = props.columns;
  return (
    <table class="stack">
      <caption class="unseen">{props.caption}</caption>
      <thead>
        <tr>
          {props.columns.map((c) => (
            <th key={c.head} scope="col" class={c.number ? "number" : undefined}>
              {c.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={props.id(row)}>
            <th scope="row">{first.cell(row)}</th>
            {rest.map((c) => (
              <td key={c.head} data-head={c.head} class={c.number ? "number" : undefined}>
                {c.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
