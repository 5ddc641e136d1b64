// A question: options to choose from, a number to type or lines to bring into order; for a prediction also how sure.

function typeset(model, element) {
  model.widget_manager?._rendermime?.latexTypesetter?.typeset(element);
}

function rich(model, tag, html, attributes = {}) {
  const element = make(tag, attributes);
  element.innerHTML = html;
  setTimeout(() => typeset(model, element));
  return element;
}

function optionsOf(model, about, changed) {
  const group = `mlpkit-question-${Math.random().toString(36).slice(2)}`;
  const radios = about.options.map(([words, html]) => {
    const radio = make("input", { type: "radio", name: group, value: words, onchange: changed });
    return { radio, row: make("label", { class: "mlpkit-option" }, radio, rich(model, "span", html)) };
  });
  const body = make("div", {}, ...radios.map(({ row }) => row));
  return { body, given: () => radios.find(({ radio }) => radio.checked)?.radio.value ?? null };
}

function numberOf(model, about, changed) {
  const field = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "your number" });
  field.addEventListener("input", changed);
  const body = make("p", {}, field, rich(model, "span", ` ${about.unit || ""}`));
  return { body, field, given: () => field.value.trim() || null };
}

function orderOf(model, about, changed) {
  const list = make("ol", { class: "mlpkit-order" });
  let taken = null;
  function move(item, by) {
    const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (by < 0) list.insertBefore(item, other);
    else list.insertBefore(other, item);
    changed();
  }
  for (const [words, html] of about.options) {
    const up = make("button", { type: "button", "aria-label": `up: ${words}` }, "↑");
    const down = make("button", { type: "button", "aria-label": `down: ${words}` }, "↓");
    const item = make("li", { draggable: "true" }, make("span", {}, up, down), rich(model, "span", html));
    item.dataset.words = words;
    up.addEventListener("click", () => (move(item, -1), up.focus()));
    down.addEventListener("click", () => (move(item, 1), down.focus()));
    item.addEventListener("dragstart", () => (taken = item));
    item.addEventListener("dragover", (event) => {
      event.preventDefault();
      if (!taken || taken === item) return;
      const after = event.clientY > item.getBoundingClientRect().top + item.offsetHeight / 2;
      list.insertBefore(taken, after ? item.nextSibling : item);
    });
    item.addEventListener("drop", (event) => (event.preventDefault(), changed()));
    list.append(item);
  }
  return { body: list, given: () => [...list.children].map((item) => item.dataset.words) };
}

// After a prediction was locked in, what the cells below it hold may be seen.
function unfoldBelow(root) {
  let cell = root.closest(".jp-Cell")?.nextElementSibling;
  while (cell && !cell.querySelector(":is(.jp-RenderedMarkdown) :is(h1, h2), .mlpkit-question")) {
    cell.querySelector(".jp-OutputPlaceholder")?.click();
    cell = cell.nextElementSibling;
  }
}

function sureOf() {
  const shown = make("output", { class: "mlpkit-value" }, "50 %");
  const rail = make("input", { type: "range", min: 0, max: 100, step: 10, value: 50, "aria-label": "how sure, in percent" });
  rail.setAttribute("aria-valuetext", "50 %");
  rail.addEventListener("input", () => {
    shown.textContent = `${rail.value} %`;
    rail.setAttribute("aria-valuetext", shown.textContent);
  });
  return { rail, row: make("label", { class: "mlpkit-slider" }, make("span", {}, "how sure"), rail, shown) };
}

function render({ model, el }) {
  const about = model.get("about");
  const root = make("section", { class: "mlpkit-question", "aria-label": about.lead });
  root.dataset.lmSuppressShortcuts = "true";
  const verdict = make("div", { class: "mlpkit-verdict", role: "status" });
  const button = make("button", { type: "button", class: "mlpkit-lock" }, about.button);
  const ready = () => (button.disabled = model.get("verdict").locked || answer.given() === null);
  const answer = { choice: optionsOf, number: numberOf, order: orderOf }[about.kind](model, about, ready);
  const sure = about.sure && sureOf();
  const legend = rich(model, "legend", `<strong>${about.lead}</strong> ${about.prompt}`);
  const row = make("div", { class: "mlpkit-answer" }, ...(sure ? [sure.row] : []), button);
  root.append(make("fieldset", {}, legend, answer.body), row, verdict);

  function give() {
    model.set("given", { answer: answer.given(), confidence: sure ? Number(sure.rail.value) : null, at: Date.now() });
    model.save_changes();
  }
  button.addEventListener("click", give);
  answer.field?.addEventListener("keydown", (event) => event.key === "Enter" && !button.disabled && give());

  function show() {
    const said = model.get("verdict");
    verdict.innerHTML = said.html || "";
    verdict.className = "mlpkit-verdict" + (said.right === undefined ? "" : said.right ? " mlpkit-right" : " mlpkit-wrong");
    typeset(model, verdict);
    if (said.locked) {
      for (const control of root.querySelectorAll("input, button")) control.disabled = true;
      unfoldBelow(root);
    }
    ready();
  }
  model.on("change:verdict", show);
  el.append(root);
  show();
  const stops = [followTheme(root), sayWhenKernelIsGone(model, el, root)];
  stayInSight(root);
  return () => stops.forEach((stop) => stop());
}

export default { render };
