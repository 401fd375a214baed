// The map of a community's own squares. No address stands on the record, so there is none on the map either: a square is 500 metres
// wide.
import type { Grid, Square } from "../models/matching";
import { count } from "../models/money";

interface Words {
  title: string;
  head: [string, string, string, string];
  square: (s: Square) => string;
  urgent: string;
  /** What the signs on the map mean. */
  legend: string;
  empty: string;
}

const side = 56;

/**
 * Squares draws the map and writes the same as a table. Who waits is a filled corner and a number, who serves a ring: colour says
 * nothing alone.
 */
export function Squares(props: { grid: Grid; chosen?: string; choose?: (square: string) => void } & Words) {
  const { grid } = props;
  if (grid.squares.length === 0) return <p class="quiet">{props.empty}</p>;
  const name = (s: Square) => `${s.east},${s.north}`;
  return (
    <figure class="chart">
      <figcaption>{props.title}</figcaption>
      <div class="map" role="presentation">
        <svg
          width={grid.columns * side}
          viewBox={`0 0 ${grid.columns * side} ${grid.rows * side}`}
          aria-hidden="true"
          focusable="false"
        >
          <rect class="land" width={grid.columns * side} height={grid.rows * side} />
          {grid.squares.map((s) => (
            <Drawn key={name(s)} square={s} grid={grid} chosen={props.chosen === name(s)} />
          ))}
        </svg>
      </div>
      <p class="quiet" aria-hidden="true">
        {props.legend}
      </p>
      <table>
        <thead>
          <tr>
            {props.head.map((h, i) => (
              <th key={h} scope="col" class={i ? "number" : undefined}>
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grid.squares.map((s) => (
            <tr key={name(s)} class={props.chosen === name(s) ? "chosen" : undefined}>
              <th scope="row">
                {props.choose ? (
                  <button
                    type="button"
                    class="plain"
                    aria-pressed={props.chosen === name(s)}
                    onClick={() => props.choose?.(props.chosen === name(s) ? "" : name(s))}
                  >
                    {props.square(s)}
                  </button>
                ) : (
                  props.square(s)
                )}
              </th>
              <td class="number">
                {count(s.waiting)}
                {s.urgent ? ` · ${props.urgent}` : ""}
              </td>
              <td class="number">{count(s.held)}</td>
              <td class="number">{count(s.providers)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function Drawn(props: { square: Square; grid: Grid; chosen: boolean }) {
  const { square, grid } = props;
  const [x, y] = [(square.east - grid.east) * side, (grid.north - square.north) * side];
  const kind = square.urgent ? "urgent" : square.waiting > 0 ? "waiting" : square.held > 0 ? "held" : "calm";
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect class={`square ${kind}${props.chosen ? " chosen" : ""}`} x="2" y="2" width={side - 4} height={side - 4} rx="8" />
      {square.waiting === 0 && square.held > 0 && (
        <text class="holds" x={side / 2} y="26" text-anchor="middle">
          →{square.held}
        </text>
      )}
      {square.waiting > 0 && (
        <text class="waits" x={side / 2} y="26" text-anchor="middle">
          {square.waiting}
          {square.urgent ? "!" : ""}
        </text>
      )}
      {square.providers > 0 && <circle class="serves" cx={side / 2 - 10} cy="41" r="6" />}
      {square.providers > 0 && (
        <text class="serving" x={side / 2} y="46">
          {square.providers}
        </text>
      )}
    </g>
  );
}
