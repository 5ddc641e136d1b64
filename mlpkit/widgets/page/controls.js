// Draws the controls of an explorer: native ranges and radio buttons, which every keyboard, finger and reader knows.

function readout(spec, position) {
  if (!spec.log) return position.toFixed(spec.decimals).replace("-", "−");
  const value = 10 ** position;
  if (value >= 1e-3 && value < 1e5) return String(Number(value.toPrecision(3)));
  return value.toExponential(1).replace("e+", " × 10^").replace("e", " × 10^").replace("-", "−");
}

function sliderOf(name, spec, report) {
  const shown = make("output", { class: "mlpkit-value" });
  const rail = make("input", { type: "range", min: spec.min, max: spec.max, step: spec.step, name });
  rail.setAttribute("aria-label", spec.label);
  rail.addEventListener("input", () => {
    show(Number(rail.value));
    report(name, Number(rail.value));
  });
  function show(position) {
    if (Number(rail.value) !== position) rail.value = position;
    shown.textContent = readout(spec, position);
    rail.setAttribute("aria-valuetext", shown.textContent);
  }
  const row = make("label", { class: "mlpkit-slider" }, make("span", {}, spec.label), rail, shown);
  return { row, show };
}

function choiceOf(name, spec, report) {
  // One group to the whole page, where each explorer brings a copy of this file: a counter would begin anew in each.
  const group = `mlpkit-${name}-${Math.random().toString(36).slice(2)}`;
  const buttons = spec.options.map((words, position) => {
    const radio = make("input", { type: "radio", name: group, value: position });
    radio.addEventListener("change", () => radio.checked && report(name, position));
    return { radio, button: make("label", {}, radio, make("span", {}, words)) };
  });
  const row = make("fieldset", { class: "mlpkit-choice" }, make("legend", {}, spec.label));
  row.append(make("div", {}, ...buttons.map(({ button }) => button)));
  const show = (position) => (buttons[position].radio.checked = true);
  return { row, show };
}

// Returns the element with all controls, and `show(values)`, which sets them.
function controlsOf(specs, report) {
  const panel = make("div", { class: "mlpkit-controls" });
  const shows = {};
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.kind === "kept") continue;
    const { row, show } = (spec.kind === "slider" ? sliderOf : choiceOf)(name, spec, report);
    panel.append(row);
    shows[name] = show;
  }
  function show(values) {
    for (const [name, set] of Object.entries(shows)) set(values[name]);
  }
  return { panel, show };
}

// Every state that the reader rested at, to go back to.
function historyOf(model, apply) {
  const first = model.get("values");
  let past = [first], waiting = null;
  const last = () => past[past.length - 1];
  function note() {
    clearTimeout(waiting);
    waiting = setTimeout(keep, 300);
  }
  function keep() {
    clearTimeout(waiting);
    const now = model.get("values");
    if (JSON.stringify(now) !== JSON.stringify(last())) past.push(now);
  }
  function undo() {
    keep();
    if (past.length > 1) past.pop();
    apply(last());
  }
  function reset() {
    keep();
    apply(first);
    past.push(first);
  }
  model.on("change:values", note);
  return { undo, reset };
}
