/** The page's few drawings. They accompany text and are hidden from screen readers. */
import type { ComponentChildren } from "preact";
import type { FleetState } from "../api/views.ts";

function Drawing({ children, name }: { children: ComponentChildren; name: string }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

const shapes: Readonly<Record<FleetState, ComponentChildren>> = {
  ok: [<circle key="c" cx="8" cy="8" r="6.5" />, <path key="p" d="m5 8.2 2.1 2.1L11.2 6" />],
  outdated: [
    <circle key="c" cx="8" cy="8" r="6.5" />,
    <path key="p" d="M8 11.2V5M5.4 7.4 8 4.8l2.6 2.6" />,
  ],
  late: [<circle key="c" cx="8" cy="8" r="6.5" />, <path key="p" d="M8 4.4V8l2.5 1.7" />],
  failing: [<path key="t" d="M8 1.9 14.6 13.4H1.4Z" />, <path key="p" d="M8 6.2v3.4M8 11.4v.3" />],
  never: [
    <circle key="c" cx="8" cy="8" r="6.5" stroke-dasharray="2.6 2.5" />,
    <path key="p" d="M5.4 8h5.2" />,
  ],
};

/** The drawing of a state; each has a shape of its own. */
export function StateIcon({ state }: { state: FleetState }) {
  return <Drawing name={state}>{shapes[state]}</Drawing>;
}

/** The product's mark. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        class="mark-shield"
        d="M16 2.5 27 6.6v8.1c0 7-4.5 12-11 14.8C9.5 26.7 5 21.7 5 14.7V6.6Z"
      />
      <path class="mark-check" d="m10.6 15.9 3.9 3.9 7.2-8" />
    </svg>
  );
}
