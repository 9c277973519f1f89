// The molecule grid: sort, filter, page and select. All text is set as text, never as markup;
// only drawings, which the kernel makes, are parsed as SVG. Nothing is loaded from elsewhere.

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function compare(a, b) {
  // Unknown values stay at the end in both directions; the caller never reverses them.
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

function visible(state, rows, keys) {
  const needle = state.filter.trim().toLowerCase();
  const order = rows
    .map((_, index) => index)
    .filter((index) => !needle || rows[index].some((text) => text.toLowerCase().includes(needle)));
  if (state.column < 0) return order;
  const known = order.filter((index) => keys[index][state.column] !== null);
  const unknown = order.filter((index) => keys[index][state.column] === null);
  known.sort((i, j) => state.direction * compare(keys[i][state.column], keys[j][state.column]));
  return known.concat(unknown);
}

function drawing(svg) {
  const holder = element("div", "molagent-picture");
  if (!svg) {
    holder.textContent = "…";
    return holder;
  }
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  if (parsed.nodeName === "svg") holder.append(document.importNode(parsed, true));
  return holder;
}

function render({ model, el }) {
  const state = { filter: "", column: -1, direction: 1, page: 0 };
  const root = element("div", "molagent-grid");
  const bar = element("div", "molagent-bar");
  const tiles = element("div", "molagent-tiles");
  tiles.setAttribute("role", "listbox");
  tiles.setAttribute("aria-multiselectable", "true");
  const title = element("strong", "", model.get("title"));
  const search = element("input");
  search.type = "search";
  search.placeholder = "filter";
  search.setAttribute("aria-label", "filter");
  const sorter = element("select");
  sorter.setAttribute("aria-label", "sort by");
  sorter.append(new Option("as given", "-1"));
  model.get("columns").forEach((name, index) => sorter.append(new Option(name, String(index))));
  const direction = element("button", "", "↑");
  direction.setAttribute("aria-label", "reverse order");
  const back = element("button", "", "‹");
  back.setAttribute("aria-label", "previous page");
  const next = element("button", "", "›");
  next.setAttribute("aria-label", "next page");
  const place = element("span", "molagent-place");
  const none = element("button", "", "clear selection");
  bar.append(title, search, sorter, direction, back, place, next, none);
  root.append(bar, tiles);
  el.append(root);

  function toggle(index) {
    const chosen = model.get("chosen");
    const without = chosen.filter((other) => other !== index);
    model.set("chosen", without.length === chosen.length ? [...chosen, index] : without);
    model.save_changes();
  }

  function show() {
    const rows = model.get("rows");
    const size = model.get("page_size");
    const order = visible(state, rows, model.get("sort_keys"));
    const pages = Math.max(1, Math.ceil(order.length / size));
    state.page = Math.min(state.page, pages - 1);
    const page = order.slice(state.page * size, (state.page + 1) * size);
    const drawings = model.get("drawings");
    const chosen = new Set(model.get("chosen"));
    if (page.some((index) => !(String(index) in drawings))) {
      model.set("wanted", page);
      model.save_changes();
    }
    place.textContent =
      `${order.length} of ${rows.length}, page ${state.page + 1} of ${pages}, ${chosen.size} selected`;
    back.disabled = state.page === 0;
    next.disabled = state.page === pages - 1;
    none.disabled = chosen.size === 0;
    tiles.replaceChildren(
      ...page.map((index) => {
        const tile = element("div", chosen.has(index) ? "molagent-tile chosen" : "molagent-tile");
        tile.tabIndex = 0;
        tile.dataset.index = String(index);
        tile.setAttribute("role", "option");
        tile.setAttribute("aria-selected", String(chosen.has(index)));
        tile.append(drawing(drawings[String(index)]));
        model.get("columns").forEach((name, column) => {
          const line = element("div", "molagent-line");
          line.append(element("span", "molagent-name", name), " ", rows[index][column]);
          tile.append(line);
        });
        tile.addEventListener("click", () => toggle(index));
        tile.addEventListener("keydown", (event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            toggle(index);
          }
        });
        return tile;
      }),
    );
  }

  function showAgain() {
    const held = tiles.contains(document.activeElement) && document.activeElement.dataset.index;
    show();
    if (held) tiles.querySelector(`[data-index="${held}"]`)?.focus();
  }

  search.addEventListener("input", () => {
    state.filter = search.value;
    state.page = 0;
    show();
  });
  sorter.addEventListener("change", () => {
    state.column = Number(sorter.value);
    state.page = 0;
    show();
  });
  direction.addEventListener("click", () => {
    state.direction = -state.direction;
    direction.textContent = state.direction > 0 ? "↑" : "↓";
    show();
  });
  back.addEventListener("click", () => {
    state.page -= 1;
    show();
  });
  next.addEventListener("click", () => {
    state.page += 1;
    show();
  });
  none.addEventListener("click", () => {
    model.set("chosen", []);
    model.save_changes();
  });
  model.on("change:drawings", showAgain);
  model.on("change:chosen", showAgain);
  model.on("change:rows", showAgain);
  show();
  return () => {
    model.off("change:drawings", showAgain);
    model.off("change:chosen", showAgain);
    model.off("change:rows", showAgain);
  };
}

export default { render };
