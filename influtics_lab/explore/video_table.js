// The dashboard's table of videos: sorted by its heads, a row or its bar chooses a video. Texts are set as text only.

const COLUMNS = [
  ["title", "Video", false],
  ["creator", "Creator", false],
  ["platform", "Platform", false],
  ["age", "Age, days", true],
  ["views", "Views", true],
  ["gained", "Gained in 7 d", true],
  ["rate", "Engagement, %", true],
  ["spark", "Views over time", false],
];
const FIRST = 25; // rows before "show all"
const SVG = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, ...children) {
  const node = tag === "svg" || tag === "polyline" ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const show = (value, digits = 0) =>
  value === null ? "–" : value.toLocaleString("en-GB", { maximumFractionDigits: digits, minimumFractionDigits: digits });

function sparkline(points, title) {
  if (points.length < 2) return "–";
  const line = make("polyline", {
    points: points.map(([x, y]) => `${x},${24 - y * 0.22}`).join(" "),
    fill: "none", stroke: "currentColor", "stroke-width": 1.5,
  });
  return make("svg", { viewBox: "-2 0 104 26", width: 104, height: 26, role: "img", "aria-label": `views of ${title} over time` }, line);
}

function render({ model, el }) {
  const state = { key: "gained", down: true, all: false, search: "" };

  function compare(one, other) {
    const [a, b] = [one[state.key], other[state.key]];
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "number" ? a - b : String(a).localeCompare(String(b));
    return state.down ? -order : order;
  }

  function cell(row, key, largest) {
    if (key === "spark") return make("td", {}, sparkline(row.spark, row.title));
    if (key === "title") {
      const name = row.url ? make("a", { href: row.url, target: "_blank", rel: "noopener noreferrer" }, row.title) : row.title;
      return make("td", { class: "name" }, make("bdi", {}, name));
    }
    if (key === "gained") {
      const share = row.gained > 0 ? (100 * row.gained) / largest : 0;
      const text = `${row.status === "at least" ? "at least " : ""}${show(row.gained)}`;
      const bar = make("span", { class: "bar", style: `width:${share.toFixed(1)}%` });
      return make("td", { class: "number", title: row.status }, make("span", {}, text), bar);
    }
    if (typeof row[key] === "number" || ["age", "views", "rate"].includes(key))
      return make("td", { class: "number" }, show(row[key], { rate: 2, age: 1 }[key]));
    return make("td", {}, make("bdi", {}, row[key] ?? "–"));
  }

  function picture(row) {
    const inside = row.thumbnail
      ? make("img", { src: row.thumbnail, alt: "", loading: "lazy", referrerpolicy: "no-referrer" })
      : "▶";
    const pick = () => {
      model.set("selected", row.id);
      model.save_changes();
    };
    const chosen = String(model.get("selected") === row.id);
    return make("button", { class: "thumbnail", type: "button", onclick: pick, "aria-pressed": chosen,
      "aria-label": `show ${row.title} through time` }, inside);
  }

  function draw() {
    const focused = el.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    const every = model.get("rows");
    const rows = every.filter((row) => `${row.title} ${row.creator ?? ""} ${row.platform ?? ""}`.toLowerCase().includes(state.search));
    const shown = [...rows].sort(compare).slice(0, state.all ? rows.length : FIRST);
    const columns = COLUMNS.filter(([key]) => key !== "creator" || every.some((row) => row.creator));
    const largest = Math.max(1, ...rows.map((row) => row.gained ?? 0));
    const live = Boolean(model.save_changes);
    const heads = columns.map(([key, label, numeric]) => {
      const sort = () => {
        state.down = state.key === key ? !state.down : numeric;
        state.key = key;
        draw();
      };
      const mark = state.key === key ? (state.down ? " ▼" : " ▲") : "";
      const order = state.key === key ? (state.down ? "descending" : "ascending") : "none";
      const head = key === "spark" ? label : make("button", { type: "button", onclick: sort, "data-focus": key }, label + mark);
      return make("th", { scope: "col", class: numeric ? "number" : "", "aria-sort": key === "spark" ? undefined : order }, head);
    });
    const body = shown.map((row) => {
      const first = live ? [make("td", {}, picture(row))] : [];
      const line = make("tr", { class: model.get("selected") === row.id ? "chosen" : "" }, ...first,
        ...columns.map(([key]) => cell(row, key, largest)));
      if (live) line.addEventListener("click", (event) => event.target.closest("a, button") || line.querySelector("button").click());
      return line;
    });
    const corner = live ? [make("td", {})] : [];
    const table = make("table", {},
      make("caption", {}, `${shown.length.toLocaleString("en-GB")} of ${model.get("total").toLocaleString("en-GB")} videos`),
      make("thead", {}, make("tr", {}, ...corner, ...heads)), make("tbody", {}, ...body));
    const box = make("div", { class: "influtics-rows", role: "region", "aria-label": "videos", tabindex: 0 }, table);
    const more = make("button", { type: "button", class: "more", onclick: () => ((state.all = !state.all), draw()) },
      state.all ? `show the first ${FIRST}` : `show all ${rows.length.toLocaleString("en-GB")}`);
    const scrolled = el.querySelector(".influtics-rows")?.scrollTop ?? 0;
    el.replaceChildren(...(live ? [] : [search]), box, ...(rows.length > FIRST ? [more] : []));
    box.scrollTop = scrolled;
    if (focused) el.querySelector(`[data-focus="${focused}"]`)?.focus();
  }

  const search = make("input", { type: "search", placeholder: "search", "aria-label": "search videos", "data-focus": "search",
    oninput: (event) => ((state.search = event.target.value.toLowerCase()), draw()) });
  el.classList.add("influtics-table");
  for (const name of ["rows", "selected", "total"]) model.on?.(`change:${name}`, draw);
  draw();
}

export default { render };
