// Charts as drawings of our own: each has a table with the same numbers for whoever does not see them, and says nothing by colour alone.
import { bars, line, type Datum } from "../models/chart";
import { count } from "../models/money";

interface Words {
  title: string;
  /** What stands over the two columns of the table. */
  head: [string, string];
  /** What is said in place of a number that is held back. */
  hidden?: string;
  /** What is said when there is nothing to show. */
  empty: string;
}

function written(d: Datum, words: Words): string {
  return d.hidden ? (words.hidden ?? "") : (d.label ?? count(d.value));
}

function Nothing({ title, empty }: Words) {
  return (
    <p>
      <strong>{title}</strong> <span class="quiet">{empty}</span>
    </p>
  );
}

/** Bars are amounts beside their names. The list itself is what is read aloud; the drawing only lies behind it. */
export function Bars(props: { data: Datum[]; whole?: number } & Words) {
  if (props.data.length === 0) return <Nothing {...props} />;
  return (
    <figure class="chart">
      <figcaption>{props.title}</figcaption>
      <table class="bars">
        <thead>
          <tr>
            <th scope="col">{props.head[0]}</th>
            <th scope="col">{props.head[1]}</th>
          </tr>
        </thead>
        <tbody>
          {bars(props.data, props.whole).map((bar) => (
            <tr key={bar.name}>
              <th scope="row">{bar.name}</th>
              <td>
                <svg viewBox="0 0 1000 40" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                  <rect class="ground" width="1000" height="40" rx="6" />
                  <rect class={`bar ${bar.tone ?? "plain"}`} width={bar.part} height="40" rx="6" />
                </svg>
                <span class="number">{written(bar, props)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

const [width, height] = [600, 160];

/** Line is how something went, in order. */
export function Line(props: { data: Datum[] } & Words) {
  const drawn = line(props.data, width, height);
  if (drawn.points.length === 0) return <Nothing {...props} />;
  return (
    <figure class="chart">
      <figcaption>{props.title}</figcaption>
      <svg class="line" viewBox={`-50 -12 ${width + 70} ${height + 28}`} aria-hidden="true" focusable="false">
        {drawn.ticks.map((t) => (
          <g key={t.value}>
            <line class="tick" x1={0} x2={width} y1={t.y} y2={t.y} />
            <text class="label" x={-8} y={t.y + 5} text-anchor="end">
              {count(t.value)}
            </text>
          </g>
        ))}
        <path d={drawn.path} />
        {drawn.points.map((p) => (
          <circle key={p.x} cx={p.x} cy={p.y} r="4" />
        ))}
      </svg>
      <details>
        <summary>{props.head.join(" · ")}</summary>
        <table>
          <thead>
            <tr>
              {props.head.map((h) => (
                <th key={h} scope="col">
                  {h}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.data.map((d) => (
              <tr key={d.name}>
                <th scope="row">{d.name}</th>
                <td class="number">{written(d, props)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

/** Steps are the four numbers of a case on one line each, all against the greatest. */
export function Steps(props: { steps: { name: string; amount: string; part: number }[] }) {
  return (
    <dl class="steps">
      {props.steps.map((s) => (
        <div key={s.name}>
          <dt>{s.name}</dt>
          <dd>
            <svg viewBox="0 0 1000 40" preserveAspectRatio="none" aria-hidden="true" focusable="false">
              <rect class="ground" width="1000" height="40" rx="6" />
              <rect class="bar plain" width={s.part} height="40" rx="6" />
            </svg>
            <span class="number">{s.amount}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
