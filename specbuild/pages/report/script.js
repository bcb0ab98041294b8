"use strict";
// Every text of the data becomes text here (textContent), never markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = data.rows.map((values, number) => {
    const row = { number };
    data.columns.forEach((name, at) => { row[name] = values[at]; });
    row.words = [row.id, row.reason, row.model, row.state, ...row.tags].join(" ").toLowerCase();
    return row;
  });
  for (const row of rows) row.neededBy = [];
  for (const row of rows) for (const need of row.needs) rows[need].neededBy.push(row.number);

  const KINDS = { fresh: "good", replay: "good", invalid: "bad", conflict: "bad", failed: "bad" };
  const kindOf = (state) => KINDS[state] || "warn";
  const byId = (id) => document.getElementById(id);
  const thousands = (value) => value.toLocaleString("en-US").replaceAll(",", "\u202f");
  const shownNumber = (value) => (value === null || value === undefined ? "–" : thousands(value));
  const shownCost = (value) => (value === null || value === undefined ? "–" : value.toFixed(4));
  const seconds = (value) => (value >= 120 ? `${Math.floor(value / 60)} min ${Math.round(value % 60)} s` : `${value.toFixed(value < 10 ? 2 : 1)} s`);
  const counted = (number, what) => `${thousands(number)} ${what}${number === 1 ? "" : "s"}`;

  function make(name, attributes, ...children) {
    const one = document.createElement(name);
    return filled(one, attributes, children);
  }
  function draw(name, attributes, ...children) {
    const one = document.createElementNS("http://www.w3.org/2000/svg", name);
    return filled(one, attributes, children);
  }
  function filled(one, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) one.setAttribute(name, value === true ? "" : value);
    }
    one.append(...children.filter((child) => child !== null && child !== undefined));
    return one;
  }
  const targetButton = (row) => make("button", { type: "button", class: "plain", onclick: () => open(row) }, row.id);

  // What is chosen
  const chosen = { words: [], states: new Set(), by: null, down: false };
  const matches = (row) =>
    (chosen.states.size === 0 || chosen.states.has(row.state)) && chosen.words.every((word) => row.words.includes(word));

  // Head and tiles
  const sum = (name) => rows.reduce((total, row) => total + (row[name] || 0), 0);
  const known = (name) => rows.filter((row) => row[name] !== null && row[name] !== undefined).length;
  function head() {
    document.title = `${data.project} · specbuild report`;
    byId("project").textContent = data.project;
    byId("made").textContent = `As of ${data.made.replace("T", " ").replace("+00:00", " UTC")}, by specbuild ${data.tool}.`;
    const of = (...states) => rows.filter((row) => states.includes(row.state)).length;
    const fresh = of("fresh");
    const tried = rows.filter((row) => row.attempts && row.mode !== "agent" && row.origin !== "accepted");
    const atOnce = tried.filter((row) => row.attempts === 1).length;
    const tokens = known("output");
    const cost = known("cost");
    const ofKnown = (number) => (number === 0 ? "nobody counted them" : number < rows.length ? `known of ${counted(number, "target")}` : "of all targets");
    const tiles = [
      ["Targets", thousands(rows.length), `${thousands(sum("lines"))} lines`],
      ["Fresh", thousands(fresh), rows.length === fresh ? "nothing to do" : `${thousands(rows.length - fresh)} to look at`],
      ["Failed", thousands(of("failed", "conflict", "invalid")), null],
      ["First reply passed", tried.length ? `${Math.round((100 * atOnce) / tried.length)} %` : "–", `${atOnce} of ${tried.length}`],
      ["Tokens in", tokens ? thousands(sum("input")) : "–", ofKnown(tokens)],
      ["Tokens out", tokens ? thousands(sum("output")) : "–", ofKnown(tokens)],
      ["Cost", cost ? sum("cost").toFixed(2) : "–", cost ? ofKnown(cost) : "no prices known"],
    ];
    byId("tiles").replaceChildren(...tiles.map(([name, value, more]) =>
      make("div", {}, make("dt", {}, name), make("dd", {}, value, more ? make("small", {}, more) : null))));
    const texts = data.texts;
    byId("left-out").textContent = texts.cut
      ? `To keep this page small, ${counted(texts.cut, "text")} of ${thousands(texts.texts)} (prompts, replies, differences) `
        + `are shown in part, ${counted(texts.left_out, "character")} are left out. `
        + "specbuild report --whole leaves nothing out; specbuild prompt and specbuild log show one target whole."
      : "No text is left out of this page.";
  }

  // The table
  const COLUMNS = [
    ["id", "Target"], ["state", "State"], ["reason", "Reason"], ["model", "Model"], ["attempts", "Attempts", 1],
    ["input", "In", 1], ["output", "Out", 1], ["cost", "Cost", 1], ["lines", "Lines", 1],
  ].filter(([name]) => !["input", "output", "cost"].includes(name) || known(name));
  function tableHead() {
    byId("table").parentElement.classList.toggle("tall", rows.length > 40);
    document.querySelector("#table thead tr").replaceChildren(...COLUMNS.map(([name, label, number]) =>
      make("th", { scope: "col", class: number ? "number" : null, "data-column": name },
        make("button", { type: "button", onclick: () => sortBy(name) }, label))));
  }
  function sortBy(name) {
    chosen.down = chosen.by === name ? !chosen.down : COLUMNS.find((one) => one[0] === name)[2] === 1;
    chosen.by = name;
    for (const one of document.querySelectorAll("#table th")) one.removeAttribute("aria-sort");
    document.querySelector(`#table th[data-column="${name}"]`).setAttribute("aria-sort", chosen.down ? "descending" : "ascending");
    table();
  }
  const cells = rows.map((row) => make("tr", { "data-id": row.id },
    make("td", { class: "id" }, targetButton(row)),
    make("td", { class: `state ${kindOf(row.state)}` }, row.state),
    make("td", { class: "reason" }, row.reason),
    make("td", { class: "model" }, row.model),
    ...COLUMNS.filter(([, , number]) => number).map(([name, label]) =>
      numberCell(label.toLowerCase(), name === "cost" ? shownCost(row.cost) : shownNumber(row[name])))));
  function numberCell(name, text) {
    return make("td", { class: text === "–" ? "number none" : "number", "data-name": name }, text);
  }
  function table() {
    let shown = rows.filter(matches);
    if (chosen.by) {
      const value = (row) => (row[chosen.by] === null || row[chosen.by] === undefined ? -1 : row[chosen.by]);
      const order = (one, other) => (value(one) < value(other) ? -1 : value(one) > value(other) ? 1 : one.number - other.number);
      shown = [...shown].sort((one, other) => (chosen.down ? order(other, one) : order(one, other)));
    }
    document.querySelector("#table tbody").replaceChildren(...shown.map((row) => cells[row.number]));
    byId("shown").textContent = shown.length === rows.length
      ? counted(rows.length, "target") : `${thousands(shown.length)} of ${counted(rows.length, "target")}`;
    const seen = new Set(shown.map((row) => row.number));
    for (const one of document.querySelectorAll("svg .target")) one.classList.toggle("dim", !seen.has(Number(one.dataset.number)));
  }
  function filter() {
    const states = new Map();
    for (const row of rows) states.set(row.state, (states.get(row.state) || 0) + 1);
    byId("states").replaceChildren(...[...states].map(([state, number]) => {
      const button = make("button", { type: "button", "aria-pressed": "false", "data-state": state }, `${state} ${number}`);
      button.addEventListener("click", () => {
        if (!chosen.states.delete(state)) chosen.states.add(state);
        button.setAttribute("aria-pressed", String(chosen.states.has(state)));
        table();
      });
      return button;
    }));
    byId("words").addEventListener("input", (event) => {
      chosen.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      table();
    });
    byId("filter").addEventListener("submit", (event) => event.preventDefault());
  }

  // The timeline: each lane holds targets one after another, so that it is as high as the run was wide.
  const LANE = 20;
  function timeline() {
    const run = data.run;
    if (!run) return;
    byId("run").hidden = false;
    const spans = new Map();
    for (const [number, kind, begin, end] of run.stretches) {
      const one = spans.get(number) || { number, begin, end, parts: [] };
      one.begin = Math.min(one.begin, begin);
      one.end = Math.max(one.end, end);
      one.parts.push([kind, begin, end]);
      spans.set(number, one);
    }
    const lanes = [];
    const ordered = [...spans.values()].sort((one, other) => one.begin - other.begin || one.number - other.number);
    for (const one of ordered) {
      let lane = lanes.findIndex((until) => until <= one.begin + 1e-9);
      if (lane < 0) lane = lanes.push(0) - 1;
      lanes[lane] = one.end;
      one.lane = lane;
    }
    const calls = run.stretches.filter(([, kind]) => kind === "call").length;
    const ended = Object.entries(run.endings);
    byId("run-told").textContent = `Begun ${run.started.replace("T", " ").replace("+00:00", " UTC")}, ${seconds(run.seconds)}, `
      + `${counted(calls, "call")} of ${counted(spans.size, "target")}, up to ${lanes.length} at once`
      + `${run.exit_code ? `, exit code ${run.exit_code}` : ""}.`
      + (ended.length ? ` Not done: ${ended.slice(0, 5).map(([id, how]) => `${id} (${how})`).join(", ")}${ended.length > 5 ? ` and ${ended.length - 5} more` : ""}.` : "");
    const width = Math.max(600, byId("timeline").clientWidth - 2);
    const height = lanes.length * LANE + 22;
    const x = (time) => (run.seconds ? (time / run.seconds) * (width - 2) + 1 : 1);
    const svg = draw("svg", { width, height, role: "img", "aria-label": `Timeline of ${counted(spans.size, "target")}; the chain that ended last is listed below` });
    const step = niceStep(run.seconds, 8);
    for (let time = 0; time <= run.seconds + 1e-9 && step > 0; time += step) {
      svg.append(draw("line", { class: "axis", x1: x(time), x2: x(time), y1: 0, y2: height - 16 }),
        draw("text", { class: "faint", x: Math.min(x(time) + 2, width - 40), y: height - 4 }, `${Number(time.toFixed(3))} s`));
    }
    const late = new Set(run.critical);
    for (const one of ordered) {
      const row = rows[one.number];
      const top = one.lane * LANE + 2;
      const group = draw("g", { class: "target", "data-number": one.number, onclick: () => open(row), onmouseenter: () => near(one.number), onmouseleave: () => near(null) },
        draw("title", {}, `${row.id}: ${seconds(one.begin)} to ${seconds(one.end)}`));
      for (const [kind, begin, end] of one.parts)
        group.append(draw("rect", { class: kind, x: x(begin), y: top, width: Math.max(0.75, x(end) - x(begin)), height: LANE - 5 }));
      if (late.has(one.number))
        group.append(draw("rect", { class: "late", x: x(one.begin), y: top - 1, width: Math.max(2, x(one.end) - x(one.begin)), height: LANE - 3 }));
      svg.append(group);
    }
    byId("timeline").replaceChildren(svg);
    const sample = (kind, text) => make("span", {}, draw("svg", { width: 12, height: 10, "aria-hidden": "true" },
      draw("rect", kind === "late" ? { class: kind, x: 1, y: 1, width: 10, height: 8 } : { class: kind, width: 12, height: 10 })), text);
    byId("run-legend").replaceChildren(sample("call", "waiting for the model"), sample("check", "checking"),
      sample("wait", "held up, as by a rate limit"), sample("other", "other work"), sample("late", "critical path"));
    const chain = run.critical.map((number) => spans.get(number)).filter(Boolean);
    byId("critical").replaceChildren(
      make("h3", {}, "Critical path"),
      make("p", { class: "faint" }, chain.length > 1
        ? "Each of these waited for the one before it, and the last of them ended the run: what shortens one of them shortens the run."
        : "The target that ended last waited for no other: only its own calls and checks decide how long the run takes."),
      make("div", { class: "scroll" }, make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Target"),
        ...["Begins", "Takes", "Of it, the model"].map((name) => make("th", { scope: "col", class: "number" }, name)))),
      make("tbody", {}, ...chain.slice(0, 50).map((one) => make("tr", {}, make("td", {}, targetButton(rows[one.number])),
        make("td", { class: "number" }, seconds(one.begin)), make("td", { class: "number" }, seconds(one.end - one.begin)),
        make("td", { class: "number" }, seconds(one.parts.filter(([kind]) => kind === "call").reduce((all, [, begin, end]) => all + end - begin, 0)))))))));
  }
  function niceStep(whole, parts) {
    if (!(whole > 0)) return 0;
    const rough = whole / parts;
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999);
  }

  // The graph: a column for each depth of needs, ordered by the middle of what each needs.
  function graph() {
    const edges = rows.reduce((all, row) => all + row.needs.length, 0);
    byId("graph-told").textContent = edges
      ? `${counted(rows.length, "target")}, ${counted(edges, "need")}; what is needed stands to the left. The page of a target lists its own.`
      : "No target needs another.";
    if (!edges) { byId("drawing").hidden = true; return; }
    const drawn = rows.filter((row) => row.needs.length || row.neededBy.length);
    const depth = new Map();
    for (const row of drawn) depth.set(row.number, Math.max(0, ...row.needs.map((need) => (depth.get(need) ?? -1) + 1)));
    const layers = [];
    for (const row of drawn) (layers[depth.get(row.number)] ||= []).push(row);
    const at = new Map();
    for (const layer of layers) layer.forEach((row, place) => at.set(row.number, place / layer.length));
    const middle = (numbers, own) => (numbers.length ? numbers.reduce((all, one) => all + at.get(one), 0) / numbers.length : own);
    for (let sweep = 0; sweep < 4; sweep += 1)
      for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
        const wanted = new Map(layer.map((row) => [row, middle(sweep % 2 ? row.neededBy : row.needs, at.get(row.number))]));
        layer.sort((one, other) => wanted.get(one) - wanted.get(other) || one.number - other.number);
        layer.forEach((row, place) => at.set(row.number, (place + 0.5) / layer.length));
      }
    const small = drawn.length > 150;
    const [high, rowHeight, boxWidth, gap] = small ? [40, 14, 12, 26] : [Math.max(12, ...layers.map((layer) => layer.length)), 26, 132, 56];
    const places = new Map();
    let left = 4;
    for (const layer of layers) {
      const columns = Math.ceil(layer.length / high);
      const tall = Math.ceil(layer.length / columns);
      layer.forEach((row, place) => places.set(row.number, {
        x: left + Math.floor(place / tall) * (boxWidth + 6),
        y: 6 + ((place % tall) + 0.5) * ((high * rowHeight) / Math.max(tall, small ? high : 1)),
      }));
      left += columns * (boxWidth + 6) + gap;
    }
    const svg = draw("svg", { width: left, height: high * rowHeight + 12, role: "img", "aria-label": `Graph of ${counted(drawn.length, "target")} and ${counted(edges, "need")}` });
    for (const row of drawn) for (const need of row.needs) {
      const [from, to] = [places.get(need), places.get(row.number)];
      const [x1, x2] = [from.x + boxWidth, to.x];
      const bend = Math.max(16, (x2 - x1) / 2);
      svg.append(draw("path", { class: "edge target", "data-number": row.number, "data-from": need, d: `M${x1},${from.y}C${x1 + bend},${from.y} ${x2 - bend},${to.y} ${x2},${to.y}` }));
    }
    for (const row of drawn) {
      const { x, y } = places.get(row.number);
      const short = row.id.length > 20 ? `…${row.id.slice(-19)}` : row.id;
      svg.append(draw("g", { class: `node target ${kindOf(row.state)}`, "data-number": row.number, onclick: () => open(row), onmouseenter: () => near(row.number), onmouseleave: () => near(null) },
        draw("title", {}, `${row.id}: ${row.state}`),
        small ? draw("circle", { cx: x + boxWidth / 2, cy: y, r: 5 }) : draw("rect", { x, y: y - 10, width: boxWidth, height: 20, rx: 2 }),
        small ? null : draw("text", { class: "label", x: x + 6, y: y + 4 }, short)));
    }
    byId("drawing").replaceChildren(svg);
  }
  function near(number) {
    const one = number === null ? null : rows[number];
    const around = new Set(one ? [number, ...one.needs, ...one.neededBy] : []);
    for (const node of document.querySelectorAll("#drawing .node")) node.classList.toggle("near", around.has(Number(node.dataset.number)));
    for (const edge of document.querySelectorAll("#drawing .edge"))
      edge.classList.toggle("near", one !== null && (Number(edge.dataset.number) === number || Number(edge.dataset.from) === number));
  }

  // The iterations of a project that makes modules of itself
  function iterations() {
    const all = data.iterations;
    if (!all.length) return;
    byId("iterations").hidden = false;
    const rates = data.rates;
    byId("iterations-told").textContent = `${counted(all.length, "iteration")} of this project's own modules.`
      + (rates ? ` Of ${counted(rates.conversations, "recorded conversation")} ${rates.first_try} passed with the first reply, ${rates.after_repair} after a repair, ${rates.never} never.` : "");
    const share = (one) => (one.lines[1] ? (100 * one.lines[0]) / one.lines[1] : 0);
    const passed = (one) => (one.own ? (100 * one.at_once) / one.own : 0);
    byId("charts").replaceChildren(
      lineChart("Share of the package's code that is generated, and of modules whose first reply passed (%)", all, share, passed),
      columnChart("Generated logical lines", all, (one) => one.lines[0]));
    const percent = (value) => `${value.toFixed(1)} %`;
    byId("iterations-table").replaceChildren(make("table", {}, make("thead", {}, make("tr", {},
      ...[["No.", 1], ["Modules", 1], ["Lines", 1], ["Share", 1], ["First reply passed", 1], ["Tests", 1], ["Specs changed", 1], ["What", 0]].map(([name, number]) =>
        make("th", { scope: "col", class: number ? "number" : null }, name)))),
    make("tbody", {}, ...all.map((one) => make("tr", {}, ...[one.number, `${one.modules[0]} of ${one.modules[1]}`, thousands(one.lines[0]), percent(share(one)), percent(passed(one)),
      one.tests ? `${thousands(one.tests[0])} passed${one.tests[1] ? `, ${one.tests[1]} failed` : ""}` : "–", one.changed].map((text) => make("td", { class: "number" }, String(text))),
    make("td", {}, one.what))))));
  }
  const [CHART, TALL, MARGIN] = [420, 170, 34];
  const across = (all, at) => MARGIN + (all.length > 1 ? (at / (all.length - 1)) * (CHART - MARGIN - 14) : (CHART - MARGIN) / 2);
  function frame(caption, all, most, unit) {
    const svg = draw("svg", { viewBox: `0 0 ${CHART} ${TALL}`, role: "img", "aria-label": `${caption}; the figures stand in the table below` });
    const y = (value) => TALL - 22 - (value / most) * (TALL - 34);
    for (const value of [0, most / 2, most]) svg.append(draw("line", { class: "axis", x1: MARGIN, x2: CHART, y1: y(value), y2: y(value) }),
      draw("text", { class: "faint", x: MARGIN - 5, y: y(value) + 4, "text-anchor": "end" }, `${thousands(Math.round(value))}${unit}`));
    return [svg, y];
  }
  function lineChart(caption, all, one, two) {
    const [svg, y] = frame(caption, all, 100, "");
    for (const [value, name] of [[one, "one"], [two, "two"]]) {
      svg.append(draw("polyline", { class: `series ${name}`, points: all.map((each, at) => `${across(all, at)},${y(value(each))}`).join(" ") }));
      all.forEach((each, at) => svg.append(draw("circle", { class: `dot-${name}`, cx: across(all, at), cy: y(value(each)), r: 3 })));
    }
    all.forEach((each, at) => svg.append(draw("text", { class: "faint", x: across(all, at), y: TALL - 6, "text-anchor": "middle" }, String(each.number))));
    return make("figure", {}, svg, make("figcaption", {}, caption), make("p", { class: "legend" },
      ...[["one", "share that is generated"], ["two", "first reply passed"]].map(([name, text]) =>
        make("span", {}, draw("svg", { width: 24, height: 10, "aria-hidden": "true" }, draw("line", { class: `series ${name}`, x1: 0, x2: 24, y1: 5, y2: 5 })), text))));
  }
  function columnChart(caption, all, value) {
    const step = niceStep(Math.max(1, ...all.map(value)), 2);
    const most = step * Math.ceil(Math.max(1, ...all.map(value)) / step);
    const [svg, y] = frame(caption, all, most, "");
    const wide = Math.min(40, ((CHART - MARGIN) / all.length) * 0.6);
    const centre = (at) => MARGIN + ((at + 0.5) * (CHART - MARGIN)) / all.length;
    all.forEach((each, at) => svg.append(draw("rect", { class: "column", x: centre(at) - wide / 2, width: wide, y: y(value(each)), height: y(0) - y(value(each)) },
      draw("title", {}, `${each.number}: ${thousands(value(each))}`)),
    draw("text", { class: "faint", x: centre(at), y: TALL - 6, "text-anchor": "middle" }, String(each.number))));
    return make("figure", {}, svg, make("figcaption", {}, caption));
  }

  // The page of one target; the long texts are unpacked when the first one is opened.
  let unpacked = null;
  function longTexts() {
    unpacked ||= (async () => {
      const raw = Uint8Array.from(atob(data.texts.data), (one) => one.charCodeAt(0));
      return JSON.parse(await new Response(new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text());
    })();
    return unpacked;
  }
  async function open(row) {
    const dialog = byId("detail");
    byId("detail-head").textContent = row.id;
    byId("detail-body").replaceChildren(...facts(row));
    history.replaceState(null, "", `#target=${encodeURIComponent(row.id)}`);
    if (!dialog.open) dialog.showModal();
    byId("detail-head").focus();
    dialog.scrollTop = 0;
    let all = null;
    try { all = await longTexts(); } catch { all = null; }
    if (byId("detail-head").textContent !== row.id) return;
    byId("detail-body").replaceChildren(...facts(row, all && all.targets[row.number]), ...(all
      ? story(row, all.targets[row.number], all.texts) : [make("p", { class: "bad" }, "This browser can't unpack the texts (DecompressionStream is missing).")]));
    byId("detail-body").dataset.of = row.id;
  }
  function facts(row, more) {
    const list = (numbers) => numbers.flatMap((number, at) => (at ? [", ", targetButton(rows[number])] : [targetButton(rows[number])]));
    const evidence = (more && more.evidence) || {};
    const found = [
      ["State", [make("span", { class: kindOf(row.state) }, row.state), row.reason ? `: ${row.reason}` : ""]],
      ["Model", row.model ? [`${row.model} at ${row.service}${row.mode === "agent" ? ", as an agent" : ""}${row.sample ? `, sample ${row.sample}` : ""}`] : null],
      ["Text", row.origin && row.origin !== "generated" ? [row.origin] : row.revisions ? [`revision ${row.revisions}`] : null],
      ["Took", row.output !== null ? [`${counted(row.calls, row.mode === "agent" ? "step" : "call")}, ${shownNumber(row.input)} tokens in, ${shownNumber(row.output)} out, cost ${row.cost === null ? "unknown" : shownCost(row.cost)}`] : null],
      ["Outputs", more && more.outputs.length ? [`${more.outputs.join(", ")}${row.lines === null ? "" : ` (${counted(row.lines, "line")})`}`] : null],
      ["Needs", row.needs.length ? list(row.needs) : null],
      ["Needed by", row.neededBy.length ? list(row.neededBy) : null],
      ["Tags", row.tags.length ? [row.tags.join(", ")] : null],
      ["Passed", evidence.passed && evidence.passed.length ? [`${evidence.passed.join(", ")}${evidence.sandbox ? ` (in ${evidence.sandbox})` : ""}`] : null],
      ["Not checked", evidence.not_checked && evidence.not_checked.length ? [make("span", { class: "warn" }, evidence.not_checked.join(", "))] : null],
      ["Reply key", row.key ? [`${row.key}…`] : null],
    ];
    return [make("dl", { class: "facts" }, ...found.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, ...value)]))];
  }
  function story(row, more, texts) {
    const parts = [];
    const text = (number) => (number === null ? "" : texts[number]);
    if (more.notes !== null) parts.push(folded("Notes", "what the model said was ambiguous", plain(text(more.notes), "wrapped"), true));
    if (more.before) {
      const [date, commit, subject] = more.before;
      const what = `as it was at ${commit.slice(0, 8)} of ${date.slice(0, 10)}, ${subject}`;
      parts.push(folded("Difference from the generation before", what,
        more.difference === null ? make("p", { class: "faint" }, "The outputs of that time are not at hand.") : patch(text(more.difference)), true));
    }
    const word = row.mode === "agent" ? "Step" : "Attempt";
    more.tries.forEach(([said, thoughts, told, input, output], at) => {
      const last = at === more.tries.length - 1;
      const verdict = row.mode === "agent" ? "" : !last ? "did not pass" : more.failed ? "did not pass" : "passed";
      const took = output === null ? "" : `${shownNumber(input)} tokens in, ${shownNumber(output)} out`;
      parts.push(folded(`${word} ${at + 1}`, [verdict, took].filter(Boolean).join(", "), make("div", {},
        thoughts === null ? null : make("div", {}, make("h3", {}, "Thoughts"), plain(text(thoughts), "wrapped")),
        make("h3", {}, "Reply"), said === null ? make("p", { class: "faint" }, "empty") : plain(text(said)),
        told === null ? null : make("div", {}, make("h3", {}, row.mode === "agent" ? "What came of it" : "Verdicts, as the model was told"), plain(text(told))))));
    });
    if (!more.tries.length) parts.push(make("p", { class: "faint" }, "No reply is at hand for this target."));
    for (const [role, number] of more.prompt) parts.push(folded(`Prompt, ${role}`, "", plain(text(number), "wrapped")));
    return parts;
  }
  const plain = (text, kind) => make("pre", { tabindex: 0, class: kind }, text);
  function patch(text) {
    const kinds = { "+": "added", "-": "removed", "@": "hunk" };
    return make("pre", { tabindex: 0 }, ...text.replace(/\n$/, "").split("\n").map((line) => make("span", { class: kinds[line[0]] || "same" }, line || " ")));
  }
  function folded(name, more, body, unfolded) {
    return make("details", { open: unfolded }, make("summary", {}, name, more ? make("span", { class: "faint" }, more) : null), body);
  }

  head();
  tableHead();
  filter();
  timeline();
  graph();
  iterations();
  table();
  byId("close").addEventListener("click", () => byId("detail").close());
  byId("detail").addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; timeline(); table(); } });
  const asked = /^#target=(.+)$/.exec(location.hash);
  const wanted = asked && rows.find((row) => row.id === decodeURIComponent(asked[1]));
  if (wanted) open(wanted);
})();
