// The table of runs: sorting, filtering, and links such as #runs/cause/oom.train+day/2026-11-22 that choose runs.
// The address holds the whole state, so a link can be passed on and Back restores.  Text is only ever set as text.
{
  const block = document.getElementById("fleet-data");
  if (block) {
    const data = JSON.parse(block.textContent);
    const PAGE = 200;
    const COLUMNS = ["at", "verdict", "title", "name", "cloud_name", "h2o_version", "java_version", "host", "user", "nodes"];
    const DOWN_FIRST = new Set(["at", "nodes"]);
    const VERDICTS = Object.keys(data.verdicts);
    const GRAVITY = ["incident", "at_risk", "insufficient_evidence", "failed", "healthy"];
    const table = document.getElementById("runs-table");
    const body = table.tBodies[0];
    const heading = document.getElementById("runs");
    const labels = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const collator = new Intl.Collator("en", { numeric: true });
    const number = new Intl.NumberFormat("en");
    const plural = (many) => `${number.format(many)} run${many === 1 ? "" : "s"}`;

    const element = (name, text, properties = {}) => {
      const made = document.createElement(name);
      if (text !== undefined && text !== null) made.textContent = text;
      return Object.assign(made, properties);
    };
    const columns = data.columns;
    const cell = (name, at) => {
      const column = columns[name];
      return (Array.isArray(column) ? column[at] : column.of[column.is[at]]) ?? null;
    };
    // A text around its run's id (or name) is kept as the pieces around it.
    const around = (name, at, inner) => {
      const value = cell(name, at);
      return Array.isArray(value) ? value.join(cell(inner, at).slice(0, columns[name].cut)) : value;
    };
    const shown = (name, at) => {
      const value = name === "title" ? cell("title", at) ?? cell("condition", at) : cell(name, at);
      if (value === null || value === "") return null;
      return name === "verdict" ? data.verdicts[value] ?? value : value;
    };

    const members = (name) => {
      if (!Object.hasOwn(data.sets, name)) return null;
      const runs = new Set();
      for (const part of data.sets[name][1].split(",")) {
        const [first, last = first] = part.split("-").map(Number);
        for (let run = first; run <= last; run += 1) runs.add(run);
      }
      return runs;
    };

    let state = { keys: [], query: "", sort: "", pages: 1 };
    const read = () => {
      const found = { keys: [], query: "", sort: "", pages: 1 };
      const [path, rest = ""] = location.hash.slice(1).split(/\?(.*)/s);
      if (path !== "runs" && !path.startsWith("runs/")) return found;
      try {
        found.keys = decodeURIComponent(path).slice(5).split("+").filter(Boolean);
        const asked = new URLSearchParams(rest);
        found.query = asked.get("q") ?? "";
        const sort = asked.get("sort") ?? "";
        if (COLUMNS.includes(sort.replace(/^-/, ""))) found.sort = sort;
      } catch { /* not one of our links */ }
      return found;
    };
    const remember = () => {
      const asked = new URLSearchParams();
      if (state.query) asked.set("q", state.query);
      if (state.sort) asked.set("sort", state.sort);
      const path = state.keys.length ? `#runs/${state.keys.join("+")}` : "#runs";
      const text = asked.toString();
      try { history.replaceState(null, "", text ? `${path}?${text}` : path); } catch { /* the table works without */ }
    };

    const tools = document.getElementById("runs-tools");
    const chip = element("div", null, { className: "chip", hidden: true });
    const chipText = element("span");
    const all = element("button", "Show all", { type: "button" });
    const status = element("span", "", { className: "quiet" });
    status.setAttribute("role", "status");
    chip.append(chipText, all);
    const label = element("label", "Filter ");
    const input = element("input", null, { type: "search", autocomplete: "off", spellcheck: false });
    label.append(input);
    tools.append(chip, label, status);
    tools.hidden = false;
    const more = document.getElementById("runs-more");
    const moreButton = element("button", null, { type: "button" });
    more.append(moreButton);
    document.getElementById("runs-rest")?.remove();

    const searched = [];
    const text = (at) => searched[at] ??= [...COLUMNS.map((name) => shown(name, at)), cell("condition", at), cell("run", at),
      around("location", at, "name")].join("\n").toLowerCase();
    const chosen = () => {
      let runs = Array.from({ length: data.runs }, (_, at) => at);
      for (const key of state.keys) {
        const set = members(key);
        runs = set === null ? [] : runs.filter((run) => set.has(run));
      }
      const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length) runs = runs.filter((run) => words.every((word) => text(run).includes(word)));
      if (!state.sort) return runs;
      const name = state.sort.replace(/^-/, "");
      const sign = state.sort.startsWith("-") ? -1 : 1;
      const value = (run) => name === "verdict" ? GRAVITY.indexOf(cell("verdict", run)) : shown(name, run);
      const keyed = runs.map((run) => [value(run), run]);
      keyed.sort(([a, first], [b, second]) => {
        if (a === null || b === null) return (a === null) - (b === null) || first - second;
        const order = typeof a === "number" ? a - b : collator.compare(a, b);
        return sign * order || first - second;
      });
      return keyed.map(([, run]) => run);
    };

    const copying = (command) => {
      const line = element("p", null, { className: "line" });
      const code = element("code", command);
      const button = element("button", "Copy", { type: "button" });
      button.setAttribute("aria-label", "Copy this command");
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(command);
          button.textContent = "Copied";
        } catch {
          window.getSelection().selectAllChildren(code);
          button.textContent = "Selected: press Ctrl+C";
        }
        window.setTimeout(() => { button.textContent = "Copy"; }, 2500);
      });
      line.append(code, button);
      return line;
    };
    const details = (at) => {
      const row = element("tr", null, { className: "more-of" });
      const place = element("td", null, { colSpan: COLUMNS.length });
      const summary = cell("summary", at);
      if (summary) place.append(element("p", summary));
      const copies = cell("copies", at);
      const condition = cell("condition", at);
      const facts = [condition, `run ${cell("run", at)}`, copies > 1 ? `${copies} locations hold the same bytes` : null];
      place.append(element("p", around("location", at, "name"), { className: "path" }));
      place.append(element("p", facts.filter(Boolean).join(" · "), { className: "quiet" }));
      place.append(copying(around("command", at, "run")));
      row.append(place);
      return row;
    };
    const joined = (parts) => parts.flatMap((part) => [part, element("wbr")]).slice(0, -1);
    // Folders wrap between them; the file stays whole as long as it fits, and else wraps at its joints.
    const fileName = (name, inside) => {
      const folders = name.split("/");
      const file = element("span", null, { className: "file" });
      file.append(...joined(folders.pop().split(/(?<=_)/)));
      inside.append(...folders.flatMap((part) => [`${part}/`, element("wbr")]), file);
      return inside;
    };
    const nameCell = (at, row) => {
      const place = element("td");
      const report = around("report", at, "run");
      const open = element("button", null, { type: "button", className: "open", title: "Details and command" });
      open.setAttribute("aria-label", `Details of ${cell("name", at)}`);
      open.setAttribute("aria-expanded", "false");
      open.addEventListener("click", () => {
        const shut = open.getAttribute("aria-expanded") !== "true";
        open.setAttribute("aria-expanded", String(shut));
        if (shut) row.after(details(at)); else row.nextElementSibling.remove();
      });
      place.append(open, fileName(cell("name", at), report ? element("a", null, { href: report }) : element("span")));
      const mark = cell("mark", at);
      if (mark) place.append(" ", element("span", mark, { className: `tag ${mark}` }));
      return place;
    };
    const line = (at) => {
      const verdict = cell("verdict", at);
      const row = element("tr", null, { className: VERDICTS.includes(verdict) ? `v-${verdict}` : "v-failed" });
      row.dataset.run = at;
      COLUMNS.forEach((name, column) => {
        let place;
        if (name === "name") place = nameCell(at, row);
        else {
          const value = shown(name, at);
          place = element("td");
          if (name === "verdict") place.append(element("span", value, { className: "v" }));
          else if (name === "at") place.textContent = value === null ? "no date" : value.slice(0, 16).replace("T", " ");
          else if (name === "host" && value) place.append(...joined(value.split(/(?<=\.)/)));
          else place.textContent = value ?? "–";
          if (name === "at") place.className = "date";
          if (name === "nodes") place.className = "num";
        }
        place.dataset.l = labels[column];
        row.append(place);
      });
      return row;
    };

    let runs = [];
    const draw = (from) => {
      const end = Math.min(state.pages * PAGE, runs.length);
      const rows = runs.slice(from, end).map(line);
      if (from) body.append(...rows); else body.replaceChildren(...rows);
      more.hidden = end >= runs.length;
      moreButton.textContent = `Show ${number.format(Math.min(PAGE, runs.length - end))} more of ${plural(runs.length)}`;
      table.caption.textContent = `${plural(runs.length)}${end < runs.length ? `, the first ${number.format(end)} shown` : ""}`;
    };
    const update = () => {
      runs = chosen();
      draw(0);
      const unknown = state.keys.find((key) => !Object.hasOwn(data.sets, key));
      chip.hidden = state.keys.length === 0;
      chipText.textContent = unknown === undefined
        ? `${plural(runs.length)}: ${state.keys.map((key) => data.sets[key][0]).join(", ")}`
        : `This report has no runs named “${unknown}”`;
      status.textContent = runs.length === data.runs ? "" : `${number.format(runs.length)} of ${plural(data.runs)}`;
      for (const head of table.tHead.rows[0].cells) {
        const name = head.dataset.sort;
        const way = state.sort === name ? "ascending" : state.sort === `-${name}` ? "descending" : "none";
        head.setAttribute("aria-sort", way);
      }
      if (document.activeElement !== input) input.value = state.query;
    };
    const arrive = () => {
      heading.scrollIntoView();
      heading.focus({ preventScroll: true });
    };

    for (const head of table.tHead.rows[0].cells) {
      const button = element("button", head.textContent, { type: "button" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const name = head.dataset.sort;
        const first = DOWN_FIRST.has(name) ? `-${name}` : name;
        const second = DOWN_FIRST.has(name) ? name : `-${name}`;
        state.sort = state.sort === first ? second : first;
        state.pages = 1;
        remember();
        update();
      });
    }
    let waiting = 0;
    input.addEventListener("input", () => {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(() => {
        state.query = input.value.trim();
        state.pages = 1;
        remember();
        update();
      }, 120);
    });
    all.addEventListener("click", () => { location.hash = "runs"; heading.focus({ preventScroll: true }); });
    moreButton.addEventListener("click", () => {
      const from = state.pages * PAGE;
      state.pages += 1;
      draw(from);
    });
    let clicked = false;
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href^='#runs']");
      if (!link) return;
      clicked = true;
      if (link.getAttribute("href") === location.hash) arrive();
    });
    window.addEventListener("hashchange", () => {
      state = read();
      update();
      if (clicked && location.hash.startsWith("#runs")) arrive();
      clicked = false;
    });
    // One day of the calendar is in the order of Tab, arrows lead to the others; what it says stands below.
    const days = [...document.querySelectorAll(".month a")];
    const told = document.getElementById("day-told");
    if (days.length) {
      told.hidden = false;
      told.textContent = "\u00a0";
      days.at(-1).setAttribute("tabindex", "0");
      const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
      days.forEach((day, at) => {
        const tell = () => { told.textContent = day.querySelector("title").textContent; };
        day.addEventListener("pointerenter", tell);
        day.addEventListener("focus", tell);
        day.addEventListener("keydown", (event) => {
          const step = STEPS[event.key];
          if (!step) return;
          event.preventDefault();
          const next = days[Math.min(Math.max(at + step, 0), days.length - 1)];
          day.setAttribute("tabindex", "-1");
          next.setAttribute("tabindex", "0");
          next.focus();
        });
      });
    }
    state = read();
    update();
    if (state.keys.length) arrive();
  }
}
