// How far some long work has come.

function render({ model, el }) {
  const bar = make("progress", { "aria-label": model.get("about") });
  const words = make("span");
  const root = make("p", { class: "mlpkit-working" }, bar, words);
  function show() {
    const [done, total] = [model.get("done"), model.get("total")];
    bar.max = total;
    bar.value = done;
    const left = model.get("left");
    words.textContent = ` ${model.get("about")}: ${done} of ${total}` + (left && done < total ? `, ${left}` : "");
    root.classList.toggle("mlpkit-finished", done >= total);
  }
  model.on("change:done", show);
  model.on("change:total", show);
  show();
  el.append(root);
}

export default { render };
